import { expect } from 'chai'
import { defaultLogger } from '@libp2p/logger'
import { Sessions, type SessionsInit } from '../../../daemon/retrieval/index.ts'
import type { BlockWant } from '../../../daemon/retrieval/index.ts'
import { type SampleTitle, sampleTitle } from '../../protocols/content/titles.ts'
import { settle } from './fake-time.ts'
import { type Answer, bench, FakeBroker, FakeSource, mute } from './fakes.ts'

describe('daemon/retrieval/sessions', () => {
  let title: SampleTitle

  before(async () => { title = await sampleTitle(20, 2500) })

  const held: Answer = async ({ cid }) => title.held.get(cid.toString())

  /** A node whose edge answers as told, and the segments' blocks it was asked for. */
  async function listening (init: SessionsInit = {}, answer: Answer = held) {
    const wants: BlockWant[] = []
    const edge = new FakeSource('edge', 'e', async (want, options) => {
      if (want.number != null) {
        wants.push(want)
      }
      return await answer(want, options)
    })
    const node = await bench([new FakeBroker(edge)])
    const { retrieval, store, time: { clock, timer } } = node
    const sessions = new Sessions({
      retrieval, store, clock, timer, logger: defaultLogger()
    }, init)
    const segmentsOf = (priority: string) => {
      const alike = wants.filter(want => want.priority === priority)
      return [...new Set(alike.map(({ number }) => Math.floor(number! / 3)))]
    }
    const rest = async () => {
      for (let i = 0; i < 60; i++) {
        await settle()
      }
    }
    return { ...node, edge, sessions, wants, segmentsOf, rest }
  }

  it('fetches the next half minute ahead, and no more', async () => {
    const { sessions, segmentsOf, rest } = await listening()
    await sessions.request(title.id, '128k', 0)
    await rest()
    expect(segmentsOf('urgent')).to.deep.equal([0])
    expect(segmentsOf('prefetch')).to.deep.equal([1, 2, 3])
  })

  it('tells who waits of each block in its order, and nobody else', async () => {
    const gates = new Map<number, PromiseWithResolvers<void>>()
    const { sessions, wants, rest } = await listening({ aheadSegments: 0 }, async want => {
      if (want.number != null && want.number < 3) {
        const gate = Promise.withResolvers<void>()
        gates.set(want.number, gate)
        await gate.promise
      }
      return await held(want, {} as Parameters<Answer>[1])
    })
    const told: string[] = []
    const onBlock = ({ bytes }: { bytes: Uint8Array }) => { told.push(nameOf(bytes)) }
    const nameOf = (bytes: Uint8Array) => Buffer.from(bytes.subarray(0, 8)).toString('hex')
    const first = sessions.request(title.id, '128k', 0, { onBlock })
    await rest()
    const times = wants.map(({ neededMs }) => neededMs!)
    expect(times).to.have.length(3)
    expect(times).to.deep.equal(times.toSorted((a, b) => a - b))
    expect(times[2]!).to.be.greaterThan(times[0]! + 1_000)
    gates.get(1)!.resolve()
    await rest()
    expect(told).to.deep.equal([])
    gates.get(0)!.resolve()
    await rest()
    expect(told).to.have.length(2)
    gates.get(2)!.resolve()
    const { chunks } = await first
    expect(told).to.deep.equal(chunks.map(nameOf))
    await sessions.request(title.id, '128k', 1, { onBlock })
    expect(told).to.have.length(3)
  })

  it('takes a player that waits to play what it has', async () => {
    const gate = Promise.withResolvers<void>()
    const node = await listening({ aheadSegments: 0 }, async want => {
      if (want.number === 2) await gate.promise
      return await held(want, {} as Parameters<Answer>[1])
    })
    const { sessions, wants, rest, time } = node
    const first = sessions.request(title.id, '128k', 0, { onBlock: () => {} })
    await rest()
    const beganMs = time.nowMs
    await time.advance(400)
    gate.resolve()
    await first
    await sessions.request(title.id, '128k', 1)
    const { neededMs } = wants.find(({ number }) => number === 3)!
    const { startMs } = await (await node.retrieval.manifest(title.id)).index('128k').segment(1)
    // Twice as fast as people do, from its first block on.
    expect(neededMs).to.be.closeTo(beganMs + startMs / 2, 1e-6)
  })

  it('says when a title is taken as fast as it comes, until it is played again', async () => {
    const { sessions, wants, rest } = await listening({ aheadSegments: 1 })
    const take = async (number: number): Promise<void> => {
      await sessions.request(title.id, '128k', number)
      await rest()
    }
    const areDownloads = () => wants.splice(0).map(({ isDownload = false }) => isDownload)
    // Less than a minute, in segments of ten seconds; then more.
    for (let number = 0; number < 6; number++) await take(number)
    expect(areDownloads()).to.not.include(true)
    await take(7)
    expect(new Set(areDownloads())).to.deep.equal(new Set([true]))
    await take(15)
    expect(areDownloads()).to.not.include(true)
    sessions.stop()
  })

  it('fetches as many segments ahead as it is told', async () => {
    const { sessions, segmentsOf, rest } = await listening({ aheadMs: 1e9, aheadSegments: 5 })
    await sessions.request(title.id, '128k', 2)
    await rest()
    expect(segmentsOf('prefetch')).to.deep.equal([3, 4, 5, 6, 7])
  })

  it('moves the window with the playhead, and plays from the store then', async () => {
    const { sessions, segmentsOf, rest } = await listening()
    await sessions.request(title.id, '128k', 0)
    await rest()
    const { deliveries } = await sessions.request(title.id, '128k', 1)
    expect(deliveries.every(({ source }) => source === 'local')).to.equal(true)
    await rest()
    expect(segmentsOf('prefetch')).to.deep.equal([1, 2, 3, 4])
  })

  it('fetches nothing ahead while what is played is on its way', async () => {
    let open = () => {}
    const gate = new Promise<void>(resolve => { open = resolve })
    const { sessions, segmentsOf, rest } = await listening({}, async want => {
      if (want.number != null && want.priority !== 'prefetch') {
        await gate
      }
      return title.held.get(want.cid.toString())
    })
    const first = sessions.request(title.id, '128k', 0)
    await rest()
    expect(segmentsOf('prefetch')).to.deep.equal([])
    open()
    await first
    await rest()
    expect(segmentsOf('prefetch')).to.deep.equal([1, 2, 3])
  })

  it('gives up what is no longer ahead at once after a seek', async () => {
    const { sessions, edge, wants, rest } = await listening({}, (want, options) =>
      (want.priority === 'prefetch' ? mute : held)(want, options))
    await sessions.request(title.id, '128k', 0)
    await rest()
    expect([edge.inFlight, wants.at(-1)!.number]).to.deep.equal([9, 11])
    const seek = sessions.request(title.id, '128k', 15)
    await settle()
    expect(edge.aborted).to.be.at.least(9)
    await seek
    await rest()
    expect(wants.at(-1)!.number).to.equal(18 * 3 + 2)
    sessions.stop()
    await settle()
    expect(edge.inFlight).to.equal(0)
  })

  it('gives up what is ahead of a rendition that its listener left, and of no other', async () => {
    const { sessions, edge, rest } = await listening({}, (want, options) =>
      (want.priority === 'prefetch' ? mute : held)(want, options))
    await sessions.request(title.id, '128k', 0, { client: 'a' })
    await rest()
    const ahead = edge.inFlight
    expect(ahead).to.be.greaterThan(0)
    sessions.leave(title.id, '64k', { client: 'a' })
    sessions.leave(title.id, '128k', { client: 'b' })
    await rest()
    expect(edge.inFlight).to.equal(ahead)
    sessions.leave(title.id, '128k', { client: 'a' })
    await rest()
    expect([edge.inFlight, sessions.size]).to.deep.equal([0, 0])
  })

  it('keeps what it fetches ahead when several requests come out of order', async () => {
    let open = () => {}
    const gate = new Promise<void>(resolve => { open = resolve })
    const { sessions, edge, segmentsOf, rest } = await listening({}, async want => {
      if (want.priority === 'prefetch') await gate
      return title.held.get(want.cid.toString())
    })
    await sessions.request(title.id, '128k', 0)
    await rest()
    expect(edge.inFlight).to.equal(9)
    const requests = [2, 1, 3].map(n => sessions.request(title.id, '128k', n))
    await rest()
    open()
    await Promise.all(requests)
    await rest()
    expect(edge.asked).to.have.length(new Set(edge.asked.map(String)).size)
    expect(segmentsOf('urgent')).to.deep.equal([0])
  })

  it('asks with the urgency that its playhead says', async () => {
    const { sessions, time, segmentsOf, rest } = await listening({ aheadMs: 0 })
    await sessions.request(title.id, '128k', 0)
    await time.advance(3_000)
    await sessions.request(title.id, '128k', 1)
    await time.advance(16_500)
    await sessions.request(title.id, '128k', 2)
    await rest()
    expect([segmentsOf('urgent'), segmentsOf('playing')]).to.deep.equal([[0, 2], [1]])
  })

  it('says when its media is needed, and that it became more urgent', async () => {
    const { sessions, edge, time, wants, rest } = await listening(
      { aheadMs: 5_000 },
      (want, options) => (want.number === 3 ? mute : held)(want, options)
    )
    await sessions.request(title.id, '128k', 0)
    await rest()
    const startMs = time.nowMs
    const ahead = wants.find(({ number }) => number === 3)!
    expect(ahead.priority).to.equal('prefetch')
    expect(ahead.neededMs! - startMs).to.be.within(10_000, 10_010)
    await time.advance(4_200)
    await time.advance(4_500)
    expect(edge.raised.filter(({ number }) => number === 3).map(({ priority }) => priority))
      .to.deep.equal(['playing', 'urgent'])
    sessions.stop()
  })

  it('fetches no more bytes ahead than it may', async () => {
    const { sessions, segmentsOf, rest } = await listening({ aheadBytes: 5_000 })
    await sessions.request(title.id, '128k', 0)
    await rest()
    expect(segmentsOf('prefetch')).to.deep.equal([1, 2])
  })

  it('gets everything a player asks for first as soon as the playlist is asked for', async () => {
    const { sessions, edge, store, rest, wants, time } = await listening()
    sessions.prime(title.id, '128k', { client: 'a' })
    await rest()
    expect(wants[0]!.neededMs, 'played at once').to.equal(time.nowMs)
    const [rendition] = title.root.renditions
    const first = [title.id, rendition!.init!.cid, ...rendition!.pages.map(({ cid }) => cid)]
    expect(first.every(cid => store.has(cid))).to.equal(true)
    expect(wants.map(({ number, priority }) => [number, priority]))
      .to.deep.equal([[0, 'urgent'], [1, 'urgent'], [2, 'urgent']])
    const asked = edge.asked.length
    sessions.prime(title.id, '128k', { client: 'a' })
    await sessions.request(title.id, '128k', 0, { client: 'a' })
    expect(edge.asked).to.have.length(asked)
  })

  it('gives up what it got early when the player begins elsewhere', async () => {
    const { sessions, edge, rest } = await listening({}, (want, options) =>
      (want.number! < 3 ? mute : held)(want, options))
    sessions.prime(title.id, '128k')
    await rest()
    expect(edge.inFlight).to.equal(3)
    await sessions.request(title.id, '128k', 9)
    expect(edge.aborted).to.be.at.least(3)
  })

  it('needs two round trips to a first segment', async () => {
    const { sessions, time, store } = await listening({}, async want => {
      await new Promise<void>(resolve => { time.timer(40, resolve) })
      return title.held.get(want.cid.toString())
    })
    sessions.prime(title.id, '128k')
    const index = await title.root.renditions[0]!
    expect(index.pages.length).to.be.greaterThan(1)
    const { elapsedMs } = await time.until(sessions.request(title.id, '128k', 0))
    expect(elapsedMs).to.equal(80)
    expect(index.pages.every(({ cid }) => store.has(cid))).to.equal(true)
  })

  it('ends at the last segment', async () => {
    const { sessions, segmentsOf, rest } = await listening()
    await sessions.request(title.id, '128k', 18)
    await rest()
    expect(segmentsOf('prefetch')).to.deep.equal([19])
    await sessions.request(title.id, '128k', 19)
    await rest()
    expect(segmentsOf('prefetch')).to.deep.equal([19])
  })

  it('reports a failure of the segment asked for, and goes on afterwards', async () => {
    const { sessions } = await listening()
    const failed = await sessions.request(title.id, '128k', 99).catch((err: Error) => err.name)
    expect(failed).to.equal('NotInManifestError')
    expect((await sessions.request(title.id, '128k', 0)).size).to.equal(2500)
  })

  it('keeps listeners apart, and no more of them than it may', async () => {
    const { sessions } = await listening({ maxSessions: 2 })
    for (const client of ['a', 'b', 'a', 'c', 'd']) {
      await sessions.request(title.id, '128k', 0, { client })
    }
    expect(sessions.size).to.equal(2)
  })

  it('forgets a listener who has been silent', async () => {
    const { sessions, time } = await listening()
    await sessions.request(title.id, '128k', 0, { client: 'a' })
    await time.advance(60_001)
    await sessions.request(title.id, '128k', 0, { client: 'b' })
    expect(sessions.size).to.equal(1)
  })
})
