import { expect } from 'chai'
import { TrackedHttpSources } from '../../../daemon/discovery/index.ts'
import { HttpSourceBook, MAX_HTTP_SOURCES } from '../../../daemon/discovery/http-source-book.ts'
import { LONGEST_REST_MS } from '../../../daemon/discovery/http-sources.ts'
import { IDLE_MS } from '../../../daemon/http-fetch.ts'
import { KEEP_ALIVE_MS } from '../../../daemon/http/server.ts'
import type { Timer } from '../../../protocols/clock.ts'
import type { NodeRecord, TrackedProvider } from '../../../protocols/tracker/index.ts'
import { endorse } from '../../../protocols/tracker/index.ts'
import { NETWORK, NOW, refusal, testKey, testNode } from '../../protocols/tracker/nodes.ts'
import { spokenLog } from '../spoken-log.ts'
import { log } from './fakes.ts'

async function server (seed: number, overrides: Partial<NodeRecord> = {}): Promise<NodeRecord> {
  const { peer, description } = await testNode(seed)
  const http = `http://127.0.0.1:${seed}`
  return { ...description, peer, seq: 1, issuedAtMs: NOW, role: 'edge', http, ...overrides }
}

const urls = (
  book: HttpSourceBook, nowMs = NOW
): string[] => book.list(nowMs).map(({ url }) => url.slice(17))

/** A timer whose pauses last until a test ends them. */
function heldTimer () {
  const waits: number[] = []
  const ends: Array<() => void> = []
  const timer: Timer = (ms, then) => {
    waits.push(ms)
    ends.push(then)
    return () => {}
  }
  /** Until so many pauses have begun; the function ends the last of them. */
  const begun = async (pauses: number) => {
    while (ends.length < pauses) await new Promise(resolve => setImmediate(resolve))
    return ends[pauses - 1]!
  }
  return { timer, waits, begun }
}

describe('daemon/discovery/http-source-book', () => {
  it('puts edges before origins, near ones first until measured, then by RTT', async () => {
    const book = new HttpSourceBook('eu')
    book.hear(await server(1, { role: 'origin' }), NOW)
    book.hear(await server(2, { region: 'us' }), NOW)
    book.hear(await server(3, { region: 'eu' }), NOW)
    expect(urls(book)).to.deep.equal(['3', '2', '1'])
    book.measured('http://127.0.0.1:2', 10)
    book.measured('http://127.0.0.1:3', 30)
    book.measured('http://127.0.0.1:1', 1)
    expect(urls(book)).to.deep.equal(['2', '3', '1'])
  })

  it('smooths RTTs with α = 0.3', async () => {
    const book = new HttpSourceBook('eu')
    book.hear(await server(1), NOW)
    book.measured('http://127.0.0.1:1', 100)
    book.measured('http://127.0.0.1:1', 200)
    expect(book.list(NOW)[0]!.rttMs).to.equal(130)
  })

  it('leaves out who fails, for longer each time, unless nobody else is there', async () => {
    const book = new HttpSourceBook('eu')
    book.hear(await server(1), NOW)
    book.hear(await server(2, { role: 'origin' }), NOW)
    book.failed('http://127.0.0.1:1', NOW)
    expect(urls(book)).to.deep.equal(['2'])
    expect(urls(book, NOW + 2_000)).to.deep.equal(['1', '2'])
    book.failed('http://127.0.0.1:1', NOW)
    expect(urls(book, NOW + 2_000)).to.deep.equal(['2'])
    book.failed('http://127.0.0.1:2', NOW)
    expect(urls(book)).to.deep.equal(['1', '2'])
    expect(book.due(NOW)).to.deep.equal([])
    book.measured('http://127.0.0.1:1', 5)
    expect(urls(book)).to.deep.equal(['1'])
  })

  it('knows whether one of them answers', async () => {
    const book = new HttpSourceBook('eu')
    book.hear(await server(1), NOW)
    expect(book.isAnswering()).to.equal(false)
    book.measured('http://127.0.0.1:1', 100)
    expect([book.isAnswering(), book.isAnswering('edge'), book.isAnswering('origin')])
      .to.deep.equal([true, true, false])
    book.failed('http://127.0.0.1:1', NOW)
    expect(book.isAnswering()).to.equal(false)
  })

  it('takes a newer record’s URL, never an older one’s', async () => {
    const book = new HttpSourceBook('eu')
    book.hear(await server(1, { seq: 5 }), NOW)
    book.hear(await server(1, { seq: 4, http: 'http://127.0.0.1:4' }), NOW)
    expect(urls(book)).to.deep.equal(['1'])
    book.hear(await server(1, { seq: 6, http: 'http://127.0.0.1:6' }), NOW)
    expect(urls(book)).to.deep.equal(['6'])
    book.hear(await server(1, { seq: 7, http: undefined }), NOW)
    expect(urls(book)).to.deep.equal([])
  })

  it('forgets who fails and is told of by nobody, and keeps who answers', async () => {
    const book = new HttpSourceBook('eu')
    book.hear(await server(1), NOW)
    book.hear(await server(2), NOW)
    book.failed('http://127.0.0.1:1', NOW)
    book.expire(NOW + 1)
    expect(urls(book)).to.deep.equal(['2'])
  })

  it('has a bound: a newcomer takes the place of one that fails, or none', async () => {
    const book = new HttpSourceBook('eu')
    const record = await server(1)
    const named = (i: number) => ({ ...record, peer: {
      toString: () => `p${i}`
    } as NodeRecord['peer'], http: `http://127.0.0.1:${i}` })
    for (let i = 0; i < MAX_HTTP_SOURCES + 10; i++) {
      book.hear(named(i), NOW)
    }
    expect(book.list(NOW)).to.have.length(MAX_HTTP_SOURCES)
    book.failed('http://127.0.0.1:3', NOW)
    book.hear(named(900), NOW)
    expect(urls(book)).to.include('900').and.have.length(MAX_HTTP_SOURCES)
  })
})

describe('daemon/discovery/http-sources', () => {
  const signal = new AbortController().signal
  const clock = () => NOW
  const fetch = (async () => new Response(null, { status: 200 })) as typeof globalThis.fetch
  const envelopeOf = async (seed: number) =>
    await (await testNode(seed, { role: 'edge', http: `http://127.0.0.1:${seed}` })).signer.record()
  const sourcesOf = (components: object = {}, init: object = {}) =>
    new TrackedHttpSources({
      trackers: [], log, fetch, clock, ...components
    }, { network: NETWORK, region: 'eu', ...init })

  it('takes up a record from HELLO, and wakes who waits', async () => {
    const sources = sourcesOf()
    const ready = sources.ready({ signal })
    await sources.add(await envelopeOf(1))
    await ready
    expect(
      sources.list().map(({ url, role }) => [url, role])
    ).to.deep.equal([['http://127.0.0.1:1', 'edge']])
  })

  it('refuses a record the operator did not endorse, and one of another network', async () => {
    const operator = await testKey(9)
    const sources = sourcesOf({}, { operatorKey: operator.publicKey })
    expect(
      await refusal(sources.add(await envelopeOf(1)))
    ).to.equal('RecordRefusedError endorsement')
    const { peer } = await testNode(1)
    const edge = { role: 'edge' as const, http: 'http://127.0.0.1:1' }
    const endorsement = await endorse({ network: NETWORK, peer, ...edge }, operator)
    await sources.add(await (await testNode(1, { ...edge, endorsement })).signer.record())
    expect(sources.list()).to.have.length(1)
    expect(
      await refusal(sourcesOf({}, { network: 'other' }).add(await envelopeOf(1)))
    ).to.equal('RecordRefusedError network')
  })

  it('leaves ourselves out', async () => {
    const sources = sourcesOf({ peerId: (await testNode(1)).peer })
    await sources.add(await envelopeOf(1))
    expect(sources.list()).to.deep.equal([])
  })

  it('stops waiting when the signal aborts', async () => {
    const lifetime = new AbortController()
    const ready = refusal(sourcesOf().ready({ signal: lifetime.signal }))
    lifetime.abort()
    expect(await ready).to.equal('AbortError')
  })

  it('is settled once a tracker has answered, or has had its time to', async () => {
    let nowMs = NOW
    const answer = Promise.withResolvers<TrackedProvider[]>()
    const tracker = { httpSources: () => answer.promise }
    const never = () => () => {}
    const timely = sourcesOf({ trackers: [tracker], timer: never, clock: () => nowMs })
    expect(timely.isSettled()).to.equal(false)
    await timely.start()
    nowMs += 1_999
    expect(timely.isSettled()).to.equal(false)
    nowMs += 1
    expect(timely.isSettled()).to.equal(true)
    nowMs = NOW
    expect(timely.isSettled()).to.equal(false)
    answer.resolve([])
    await new Promise(resolve => setImmediate(resolve))
    expect(timely.isSettled()).to.equal(true)
    await timely.stop()
  })

  it('keeps what it knew when trackers fail, and says so once', async () => {
    const { log, lines } = spokenLog()
    const { timer, begun } = heldTimer()
    const record = await server(1)
    let rounds = 0
    const tracker = { httpSources: async (): Promise<TrackedProvider[]> => {
      if (++rounds > 1) {
        throw new Error('down')
      }
      return [{ record, envelope: new Uint8Array() }]
    } }
    const sources = sourcesOf({ trackers: [tracker], timer, log })
    await sources.start()
    await sources.ready({ signal })
    for (let round = 1; round <= 3; round++) {
      const end = await begun(round)
      expect(rounds).to.equal(round)
      sources.use()
      end()
    }
    expect(sources.list()).to.have.length(1)
    expect(lines).to.deep.equal(
      ['a tracker does not name edges and origins, trying on: down'])
    await sources.stop()
  })

  it('looks more often, for longer each time, while it knows no edge', async () => {
    const { timer, waits, begun } = heldTimer()
    const records = [await server(1, { role: 'origin' })]
    const tracker = { httpSources: async (): Promise<TrackedProvider[]> =>
      records.map(record => ({ record, envelope: new Uint8Array() })) }
    const sources = sourcesOf({
      trackers: [tracker], timer, random: () => 0.5
    }, { refreshMs: 30_000 })
    await sources.start()
    for (let round = 1; round <= 3; round++) {
      const end = await begun(round)
      if (round === 2) records.push(await server(2))
      end()
    }
    expect(waits).to.deep.equal([1_000, 2_000, 30_000])
    await sources.stop()
  })

  it('looks one time in three while nothing is fetched', async () => {
    const { timer, begun } = heldTimer()
    const record = await server(1)
    let looks = 0
    const tracker = { httpSources: async (): Promise<TrackedProvider[]> => {
      looks++
      return [{ record, envelope: new Uint8Array() }]
    } }
    const sources = sourcesOf({ trackers: [tracker], timer })
    await sources.start()
    /** After each of so many pauses, how often it has looked. */
    const seen: number[] = []
    for (let pauses = 1; pauses <= 10; pauses++) {
      const end = await begun(pauses)
      seen.push(looks)
      if (pauses === 8) sources.use()
      end()
    }
    expect(seen).to.deep.equal([1, 2, 2, 2, 3, 3, 3, 4, 5, 5])
    await sources.stop()
  })

  it('looks before either end closes the connection of the look before', () => {
    expect(KEEP_ALIVE_MS).to.be.greaterThan(LONGEST_REST_MS)
    expect(IDLE_MS).to.be.greaterThan(LONGEST_REST_MS)
  })

  it('probes without following a redirect, and counts a refusal as a failure', async () => {
    const asked: Array<string | undefined> = []
    const sources = sourcesOf({ fetch: async (url: string, init: RequestInit) => {
      asked.push(init.redirect)
      if (url === 'http://127.0.0.1:1/health') {
        throw new TypeError('redirected')
      }
      return new Response()
    } })
    await sources.add(await envelopeOf(1))
    await sources.add(await envelopeOf(2))
    while (sources.list().length > 1) {
      await new Promise(resolve => setImmediate(resolve))
    }
    expect(sources.list()[0]!.url).to.equal('http://127.0.0.1:2')
    expect(new Set(asked)).to.deep.equal(new Set(['error']))
  })

  it('probes by GET and reads no long answer, so that the connection is there for a block',
    async () => {
      const methods = new Set<string | undefined>()
      let cancelled = 0
      const sources = sourcesOf({ fetch: async (_url: string, init: RequestInit) => {
        methods.add(init.method)
        return new Response(new ReadableStream({ cancel: () => { cancelled++ } }))
      } })
      await sources.add(await envelopeOf(1))
      while (sources.list()[0]?.rttMs == null) {
        await new Promise(resolve => setImmediate(resolve))
      }
      expect(methods).to.deep.equal(new Set([undefined]))
      expect(cancelled).to.equal(2)
    })
})
