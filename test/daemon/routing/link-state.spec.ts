import { expect } from 'chai'
import fc from 'fast-check'
import { LinkStateTable } from '../../../daemon/routing/index.ts'
import { shortIdOf } from '../../../protocols/rtt/index.ts'
import { idNumbered, linkState, NOW, peerNumbered, RECORD_BYTES } from './link-states.ts'

const TTL_MS = 60_000

describe('daemon/routing/link-state', () => {
  let now = NOW
  let table: LinkStateTable
  const put = (number: number, links: Record<number, number>, seq = 1): 'new' | 'stale' =>
    table.put(linkState(number, links, { seq }), RECORD_BYTES)
  const tableOf = (maxBytes: number, keeps = (_: string): boolean => false): LinkStateTable =>
    new LinkStateTable({ clock: () => now, keeps }, { maxBytes, ttlMs: TTL_MS })

  beforeEach(() => {
    now = NOW
    table = tableOf(1e6)
  })

  it('counts a link when both ends report it, at the larger RTT', () => {
    put(1, { 2: 30, 3: 1 })
    expect(table.linkMs(idNumbered(1), idNumbered(2))).to.equal(undefined)
    put(2, { 1: 40 })
    expect(table.linkMs(idNumbered(1), idNumbered(2))).to.equal(40)
    expect(table.leastLinkMs(idNumbered(1), idNumbered(2))).to.equal(30)
    expect(table.linksOf(idNumbered(1))).to.deep.equal([[idNumbered(2), 40]])
  })

  it('takes only a newer record in place of another', () => {
    expect(put(1, { 2: 30 }, 5)).to.equal('new')
    expect(put(1, { 2: 10 }, 5)).to.equal('stale')
    expect(put(1, { 2: 10 }, 4)).to.equal('stale')
    expect(put(1, { 2: 20 }, 6)).to.equal('new')
    expect(table.size).to.equal(1)
    expect(table.get(peerNumbered(1))?.seq).to.equal(6)
  })

  it('has another version after each change, and none after a look', () => {
    const versions = [table.version]
    put(1, { 2: 30 })
    versions.push(table.version)
    table.delete(peerNumbered(1))
    versions.push(table.version)
    expect(new Set(versions).size).to.equal(3)
    table.get(peerNumbered(1))
    put(2, {})
    const { version } = table
    put(2, {})
    expect(table.version).to.equal(version)
  })

  it('forgets a node that has told nothing for so long', () => {
    put(1, { 2: 30 })
    now += TTL_MS - 1
    put(2, { 1: 30 })
    expect(table.linksOf(idNumbered(2))).to.have.length(1)
    const { version } = table
    now += 1
    expect(table.version).not.to.equal(version)
    expect([...table.nodes()].map(({ peer }) => peer)).to.deep.equal([peerNumbered(2)])
    expect(table.linksOf(idNumbered(2))).to.deep.equal([])
  })

  it('says of links what the records together say, whatever came and went', () => {
    const node = fc.nat(5)
    const rtts = fc.dictionary(fc.nat(5).map(String), fc.integer({ min: 1, max: 99 }))
    const step = fc.record({ node, rtts, isLeaving: fc.boolean() })
    fc.assert(fc.property(fc.array(step, { maxLength: 30 }), steps => {
      table = tableOf(1e6)
      const told = new Map<number, Record<number, number>>()
      steps.forEach(({ node, rtts, isLeaving }, seq) => {
        if (isLeaving) {
          told.delete(node)
          table.delete(peerNumbered(node))
        } else {
          told.set(node, rtts)
          put(node, rtts, seq + 1)
        }
        for (let other = 0; other < 6; other++) table.linksOf(idNumbered(other))
      })
      for (let a = 0; a < 6; a++) {
        const links = [0, 1, 2, 3, 4, 5].filter(b => b !== a)
          .map(b => [idNumbered(b), Math.max(told.get(a)?.[b] ?? NaN, told.get(b)?.[a] ?? NaN)])
          .filter(([, ms]) => !Number.isNaN(ms))
        expect(table.linksOf(idNumbered(a))).to.have.deep.members(links)
      }
    }), { numRuns: 50 })
  })

  it('drops the longest silent when it is full, those without links before all others', () => {
    table = tableOf(5 * 4190)
    put(1, { 2: 10 })
    put(2, { 1: 10 })
    for (const stranger of [3, 4, 5, 6]) put(stranger, {})
    const held = (): boolean[] => [1, 2, 3, 4, 5, 6].map(n => table.get(peerNumbered(n)) != null)
    expect(held()).to.deep.equal([true, true, false, true, true, true])
    for (const [a, b] of [[7, 8], [9, 10], [11, 12]] as const) {
      put(a, { [b]: 10 })
      put(b, { [a]: 10 })
    }
    expect(held()).to.deep.equal([false, false, false, false, false, false])
  })

  it('keeps our neighbours when strangers flood it', () => {
    table = tableOf(10 * 4190, node => node === idNumbered(1))
    put(1, {})
    for (let stranger = 2; stranger < 100; stranger++) put(stranger, { [stranger ^ 1]: 5 })
    expect(table.get(peerNumbered(1))).not.to.equal(undefined)
    expect(table.bytes).to.be.at.most(10 * 4190)
  })

  it('holds no record at all where one is more than it may hold', () => {
    table = tableOf(100)
    put(1, {})
    expect([table.size, table.bytes]).to.deep.equal([0, 0])
  })
})

describe('daemon/routing/link-state, told by 10,000 nodes', () => {
  it('stays within its bytes', function () {
    this.timeout(20_000)
    const table = new LinkStateTable({ clock: () => NOW }, { maxBytes: 1e6 })
    for (let number = 0; number < 10_000; number++) {
      const links = Object.fromEntries(Array.from({ length: 16 }, (_, n) =>
        [(number + n - 8 + (n < 8 ? 0 : 1) + 10_000) % 10_000, 10 + n]))
      table.put(linkState(number, links), RECORD_BYTES)
      if (number % 1000 === 0) expect(table.bytes).to.be.at.most(1e6)
    }
    expect(table.size).to.be.within(200, 300)
    expect([...table.nodes()].map(({ peer }) => shortIdOf(peer))).to.include(idNumbered(9_999))
  })
})
