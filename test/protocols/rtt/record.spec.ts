import { readFileSync } from 'node:fs'
import * as dagCbor from '@ipld/dag-cbor'
import { expect } from 'chai'
import fc from 'fast-check'
import { MAX_LINK_STATE_BYTES, MAX_LINKS } from '../../../protocols/limits.ts'
import {
  type LinkState, openLinkState, sealLinkState, shortIdOf
} from '../../../protocols/rtt/index.ts'
import { sealEnvelope } from '../../../protocols/tracker/envelope.ts'
import { openRecord, sealRecord } from '../../../protocols/tracker/index.ts'
import { NETWORK, NOW, refusal, testKey, testNode } from '../tracker/nodes.ts'

const rules = { network: NETWORK, clock: () => NOW }
const key = await testKey(1)
const { peer } = await testNode(1)

function stateWith (changes: Partial<LinkState> = {}): Omit<LinkState, 'peer'> {
  return {
    network: NETWORK,
    role: 'edge',
    region: 'eu',
    seq: NOW,
    issuedAtMs: NOW,
    links: [{ peer: '00112233445566ff', rttMs: 25.6 }],
    relays: true,
    coordinate: { x: 10.5, y: -20.1, heightMs: 3, error: 0.25 },
    ...changes
  }
}

const openAs = async (changes: Partial<LinkState>, as = rules): Promise<string> =>
  await refusal(openLinkState(await sealLinkState(stateWith(changes), key), as))

describe('protocols/rtt/record', () => {
  it('comes out as it went in', async () => {
    const state = await openLinkState(await sealLinkState(stateWith(), key), rules)
    expect(state.peer.equals(peer)).to.equal(true)
    expect(state).to.deep.include(stateWith())
  })

  it('tells who does not relay', async () => {
    const state = await openLinkState(await sealLinkState(stateWith({ relays: false }), key), rules)
    expect(state.relays).to.equal(false)
  })

  it('may know nothing of its place and have no links', async () => {
    const { coordinate, ...state } = stateWith({ links: [] })
    const opened = await openLinkState(await sealLinkState(state, key), rules)
    expect(opened.links).to.deep.equal([])
    expect(opened).not.to.have.property('coordinate')
  })

  it('is the same bytes as ever', async () => {
    const url = new URL('../../fixtures/rtt/golden.json', import.meta.url)
    const golden = JSON.parse(readFileSync(url, 'utf8')) as { record: string }
    const sealed = await sealLinkState(stateWith(), key)
    expect(Buffer.from(sealed).toString('hex')).to.equal(golden.record)
  })

  it('takes four hundred bytes with all its links', async () => {
    const links = Array.from({ length: MAX_LINKS }, (_, n) =>
      ({ peer: `${n + 10}`.repeat(8), rttMs: 50 }))
    expect((await sealLinkState(stateWith({ links }), key)).byteLength).to.be.below(400)
  })

  it('fits the limit with the longest of names', async () => {
    const name = 'ü'.repeat(64)
    const links = Array.from({ length: MAX_LINKS }, (_, n) =>
      ({ peer: `${n + 10}`.repeat(8), rttMs: 6000 }))
    const sealed = await sealLinkState(stateWith({ network: name, region: name, links }), key)
    expect(sealed.byteLength).to.be.below(MAX_LINK_STATE_BYTES)
    expect(await openLinkState(sealed, { ...rules, network: name })).to.deep.include({ links })
  })

  it('refuses a record of which any byte was changed', async () => {
    const envelope = await sealLinkState(stateWith(), key)
    const flips = fc.integer({ min: 1, max: 255 })
    await fc.assert(fc.asyncProperty(fc.nat(envelope.length - 1), flips, async (at, flip) => {
      const changed = Uint8Array.from(envelope)
      changed[at] = changed[at]! ^ flip
      expect(await refusal(openLinkState(changed, rules)))
        .to.be.oneOf(['RecordRefusedError signature', 'InvalidMessageError'])
    }), { numRuns: 60 })
  })

  it('refuses random bytes by name', async () => {
    await fc.assert(fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), async bytes => {
      expect(await refusal(openLinkState(bytes, rules))).to.equal('InvalidMessageError')
    }), { numRuns: 100 })
  })

  it('refuses a signed payload of another shape by name', async () => {
    const shapes = fc.oneof(fc.uint8Array({ maxLength: 100 }), fc.record({
      kind: fc.constantFrom('links', 'record'),
      network: fc.constant(NETWORK),
      links: fc.uint8Array({ maxLength: 40 }),
      at: fc.array(fc.oneof(fc.maxSafeInteger(), fc.double()), { maxLength: 5 })
    }).map(encoded))
    await fc.assert(fc.asyncProperty(shapes, async payload => {
      expect(await refusal(openLinkState(await sealEnvelope(payload, key), rules)))
        .to.equal('InvalidMessageError')
    }), { numRuns: 60 })
  })

  it('refuses a place out of this world', async () => {
    const { coordinate, ...fields } = stateWith()
    const payload = { ...fields, kind: 'links', links: new Uint8Array() }
    const places = [[100_001, 0, 0, 0], [0, 0, -1, 0], [0, 0, 0, 1001], [0.5, 0, 0, 0], [0, 0, 0]]
    for (const at of places) {
      const sealed = await sealEnvelope(dagCbor.encode({ ...payload, at }), key)
      expect(await refusal(openLinkState(sealed, rules)), `${at}`).to.equal('InvalidMessageError')
    }
  })

  it('refuses one that is too large before it is decoded', async () => {
    expect(await refusal(openLinkState(new Uint8Array(MAX_LINK_STATE_BYTES + 1), rules)))
      .to.equal('RecordRefusedError too-large')
  })

  it('refuses another network, the future, and what is stale', async () => {
    const { network } = rules
    expect(await openAs({ network: 'other' })).to.equal('RecordRefusedError network')
    expect(await openAs({}, { network, clock: () => NOW - 121_000 }))
      .to.equal('RecordRefusedError clock')
    expect(await openAs({}, { network, clock: () => NOW + 601_000 }))
      .to.equal('RecordRefusedError clock')
    expect(await openAs({}, { network, clock: () => NOW + 599_000 })).to.equal('nothing')
  })

  it('is no node record, and a node record is none', async () => {
    const links = await sealLinkState(stateWith(), key)
    expect(await refusal(openRecord(links, rules))).to.equal('InvalidMessageError')
    const { description } = await testNode(1)
    const node = await sealRecord({ ...description, seq: NOW, issuedAtMs: NOW }, key)
    expect(await refusal(openLinkState(node, rules))).to.equal('InvalidMessageError')
  })

  it('names its neighbours as they name themselves', () => {
    expect(shortIdOf(peer)).to.equal(shortIdOf(peer.toString()))
  })
})

function encoded (value: unknown): Uint8Array {
  try {
    return dagCbor.encode(value)
  } catch {
    // What has no DAG-CBOR, as NaN, is no payload either.
    return new Uint8Array()
  }
}
