import { defaultLogger } from '@libp2p/logger'
import { expect } from 'chai'
import { Seeding, type SeedingInit } from '../../../daemon/retrieval/seeding.ts'
import type { BlockWant } from '../../../daemon/retrieval/index.ts'
import { openManifest, type SegmentIndex } from '../../../protocols/content/index.ts'
import { sha256 } from '../../../protocols/sha256.ts'
import { type SampleTitle, sampleTitle } from '../../protocols/content/titles.ts'
import { FakeTime } from './fake-time.ts'

describe('daemon/retrieval/seeding', () => {
  let title: SampleTitle
  let index: SegmentIndex
  const numberOf = new Map<string, number>()

  before(async () => {
    title = await sampleTitle(20, 1000)
    index = (await openManifest(title.id, title.load, { sha256 })).index('128k')
    for await (const { blocks } of index.segments()) {
      for (const { cid, number } of blocks) {
        numberOf.set(cid.toString(), number)
      }
    }
  })

  /** A listener of whose swarm each third block is its to get. */
  function listening (init: SeedingInit = {}) {
    const time = new FakeTime()
    const state = { isPresent: true, isAtRest: true, beyond: 6 }
    const got: BlockWant[] = []
    const around = new Set<number>()
    let underWay = 0
    let most = 0
    const claim = {
      of: (number: number): number | undefined => number % 3
    }
    const seeding = new Seeding({
      retrieval: {
        block: async (want, options) => {
          most = Math.max(most, ++underWay)
          await new Promise<void>((resolve, reject) => {
            time.timer(50, resolve)
            options!.signal!.addEventListener('abort', () => { reject(new Error('aborted')) })
          }).finally(() => { underWay-- })
          got.push(want as BlockWant)
          return undefined as never
        }
      },
      store: { has: cid => got.some(want => want.cid.equals(cid)) },
      crowd: {
        isOurs: ({ cid }) => claim.of(numberOf.get(cid.toString())!) === 0,
        isAround: ({ number }) => around.has(number!)
      },
      ...time,
      log: defaultLogger().forComponent('test')
    }, { content: title.id, rendition: '128k' }, {
      isPresent: () => state.isPresent,
      isAtRest: () => state.isAtRest,
      beyond: () => state.beyond
    }, init)
    const lifetime = new AbortController()
    const done = { is: false }
    void seeding.run(index, lifetime.signal).then(() => { done.is = true })
    return {
      time, state, got, around, claim, lifetime, done,
      numbers: () => got.map(({ number }) => number), most: () => most
    }
  }

  it('gets what is ours, from beyond the window on and round to the beginning', async () => {
    const { time, got, numbers, most, state, done } = listening()
    await time.advance(1_000)
    expect(numbers()).to.deep.equal([6, 9, 12, 15, 18, 0, 3])
    expect(got.every(({ priority }) => priority === 'prefetch')).to.equal(true)
    expect(most()).to.equal(2)
    state.isPresent = false
    await time.advance(3_000)
    expect([done.is, time.pending]).to.deep.equal([true, 0])
  })

  it('leaves what a neighbour has or is getting', async () => {
    const { time, around, numbers, lifetime } = listening()
    ;[9, 12, 15, 0].forEach(number => { around.add(number) })
    await time.advance(1_000)
    expect(numbers()).to.deep.equal([6, 18, 3])
    lifetime.abort()
  })

  it('gets more when it becomes its to get, such as when a member leaves', async () => {
    const { time, claim, numbers, lifetime } = listening()
    await time.advance(1_000)
    claim.of = () => 0
    await time.advance(5_000)
    expect(numbers()).to.have.length(20)
    lifetime.abort()
  })

  it('gets nothing alone', async () => {
    const { time, claim, numbers, lifetime } = listening()
    claim.of = () => undefined
    await time.advance(3_000)
    expect(numbers()).to.deep.equal([])
    lifetime.abort()
  })

  it('gets no more bytes than it may', async () => {
    const { time, numbers, done } = listening({ maxBytes: 2500 })
    await time.advance(3_000)
    expect([numbers(), done.is]).to.deep.equal([[6, 9, 12], true])
  })

  it('waits while something is urgent, and stops when the listener is gone', async () => {
    const { time, state, numbers, done } = listening()
    state.isAtRest = false
    await time.advance(2_000)
    const before = numbers().length
    state.isAtRest = true
    await time.advance(300)
    expect(numbers().length).to.be.greaterThan(before)
    state.isPresent = false
    await time.advance(3_000)
    expect([done.is, numbers().length < 7]).to.deep.equal([true, true])
  })

  it('ends at once when the session does', async () => {
    const { time, lifetime, numbers, done } = listening()
    await time.advance(20)
    lifetime.abort()
    await time.advance(0)
    expect([numbers(), done.is]).to.deep.equal([[], true])
  })
})
