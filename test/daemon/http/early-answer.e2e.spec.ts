import { once } from 'node:events'
import { get as httpGet } from 'node:http'
import { setImmediate as immediate } from 'node:timers/promises'
import { expect } from 'chai'
import { gateway, type HttpServer } from '../../../daemon/http/index.ts'
import type { Delivery, SessionRequest, SourceKind } from '../../../daemon/retrieval/index.ts'
import { type Sample, sampleTitle } from './sample-title.ts'

/** How the second segment, of three blocks, comes. */
class Arrival {
  readonly #sample: Sample
  readonly #options: SessionRequest
  readonly #end = Promise.withResolvers<void>()
  readonly #deliveries: Delivery[] = []

  constructor (sample: Sample, options: SessionRequest) {
    this.#sample = sample
    this.#options = options
  }

  add (source: SourceKind): void {
    const at = this.#deliveries.length
    const bytes = this.#chunks[at]!
    this.#deliveries.push({ source, path: [source], elapsedMs: 1, bytes: bytes.byteLength })
    this.#options.onBlock?.({ bytes, delivery: this.#deliveries[at]! })
  }

  /** Resolves when nobody waits for it any more. */
  get left (): Promise<unknown> {
    return once(this.#options.signal!, 'abort')
  }

  end (): void { this.#end.resolve() }

  fail (): void { this.#end.reject(new Error('nobody has the rest')) }

  async fetched () {
    await this.#end.promise
    const { segmentCids: [, cid] } = this.#sample
    const deliveries = this.#deliveries
    return { chunks: this.#chunks, size: 2500, cid: cid!, deliveries }
  }

  get #chunks (): Uint8Array[] {
    return [0, 1000, 2000].map(from => this.#sample.segments[1]!.subarray(from, from + 1000))
  }
}

describe('daemon/http/early-answer', () => {
  let sample: Sample
  let server: HttpServer
  let arriving: PromiseWithResolvers<Arrival>

  before(async () => {
    sample = await sampleTitle()
    const retrieval = {
      ...sample.components.retrieval,
      segment: async (_: unknown, __: unknown, ___: unknown, options: SessionRequest = {}) => {
        const arrival = new Arrival(sample, options)
        arriving.resolve(arrival)
        return await arrival.fetched()
      }
    }
    server = gateway({ host: '127.0.0.1', port: 0 })({ ...sample.components, retrieval })
    await server.start()
  })
  after(async () => { await server.stop() })
  beforeEach(() => { arriving = Promise.withResolvers() })

  const url = () => `${server.url()}/segments/${sample.content}/128k/1`
  const ask = async (headers: Record<string, string> = {}) => {
    const answer = fetch(url(), { headers })
    return { answer, arrival: await arriving.promise }
  }
  const isRight = async (answer: Response): Promise<void> => {
    const bytes = Buffer.from(await answer.arrayBuffer())
    expect(bytes.equals(sample.segments[1]!)).to.equal(true)
  }

  it('begins with the first block, before the rest is there', async () => {
    const { answer, arrival } = await ask()
    arrival.add('edge')
    const begun = await answer
    expect(begun.status).to.equal(200)
    expect(begun.headers.get('content-length')).to.equal('2500')
    expect(begun.headers.get('etag')).to.equal(`"${sample.segmentCids[1]}"`)
    expect(begun.headers.get('cdnd-sources')).to.equal('edge=1000')
    const reader = begun.body!.getReader()
    const { value } = await reader.read()
    expect(Buffer.from(value!).equals(sample.segments[1]!.subarray(0, 1000))).to.equal(true)
    reader.releaseLock()
    arrival.add('peer')
    arrival.add('peer')
    arrival.end()
    const rest = Buffer.concat(await Array.fromAsync(begun.body as AsyncIterable<Uint8Array>))
    expect(rest.equals(sample.segments[1]!.subarray(1000))).to.equal(true)
  })

  it('says at the end where all of it came from, to who takes trailers', async () => {
    const { promise: whole, resolve, reject } =
      Promise.withResolvers<{ headers: object, trailers: object, bytes: Buffer }>()
    httpGet(url(), { headers: { te: 'trailers' } }, async answer => {
      const bytes = Buffer.concat(await Array.fromAsync(answer))
      resolve({ headers: answer.headers, trailers: answer.trailers, bytes })
    }).on('error', reject)
    const arrival = await arriving.promise
    arrival.add('edge')
    arrival.add('peer')
    arrival.add('peer')
    arrival.end()
    const { headers, trailers, bytes } = await whole
    expect(headers).to.include({ 'cdnd-size': '2500', 'transfer-encoding': 'chunked' })
    expect(headers).to.not.have.any.keys('content-length', 'cdnd-sources')
    expect(trailers).to.include({ 'cdnd-source': 'peer', 'cdnd-sources': 'peer=1500,edge=1000' })
    expect(bytes.equals(sample.segments[1]!)).to.equal(true)
  })

  it('ends the connection where the rest does not come, and serves on', async () => {
    const { answer, arrival } = await ask()
    arrival.add('edge')
    const begun = await answer
    arrival.fail()
    const outcome = await begun.arrayBuffer().then(() => 'whole', () => 'cut')
    expect(outcome).to.equal('cut')
    arriving = Promise.withResolvers()
    const again = await ask()
    for (const source of ['edge', 'edge', 'edge'] as const) again.arrival.add(source)
    again.arrival.end()
    await isRight(await again.answer)
  })

  it('tells an error by its status while nothing was sent', async () => {
    const { answer, arrival } = await ask()
    arrival.fail()
    expect((await answer).status).to.equal(500)
  })

  it('waits for all of it where that is said to be preferred, or a part is asked for', async () => {
    for (const [name, value] of [['prefer', 'cdnd-whole'], ['range', 'bytes=100-2299']]) {
      arriving = Promise.withResolvers()
      const { answer, arrival } = await ask({ [name!]: value! })
      for (const source of ['edge', 'peer', 'peer'] as const) arrival.add(source)
      arrival.end()
      const { headers: told } = await answer
      expect(told.get('cdnd-sources')).to.equal('peer=1500,edge=1000')
    }
  })

  it('serves on after players that left before and amid their answer', async () => {
    for (const blocks of [0, 1]) {
      arriving = Promise.withResolvers()
      const leaves = new AbortController()
      const answer = fetch(url(), { signal: leaves.signal }).catch(() => undefined)
      const arrival = await arriving.promise
      if (blocks > 0) {
        arrival.add('edge')
        await answer
      }
      leaves.abort()
      await arrival.left
      for (const source of ['edge', 'edge'] as const) {
        arrival.add(source)
        await immediate()
      }
      arrival.end()
    }
    expect((await fetch(`${server.url()}/health`)).status).to.equal(200)
  })

  it('sends together what was in the store', async () => {
    const { answer, arrival } = await ask()
    for (const source of ['local', 'local', 'local'] as const) arrival.add(source)
    arrival.end()
    const whole = await answer
    expect(whole.headers.get('cdnd-sources')).to.equal('local=2500')
    await isRight(whole)
  })

  it('begins with what was in the store, while the next block has to come from afar', async () => {
    const { answer, arrival } = await ask()
    arrival.add('local')
    const begun = await answer
    expect(begun.headers.get('cdnd-sources')).to.equal('local=1000')
    const reader = begun.body!.getReader()
    const { value } = await reader.read()
    expect(Buffer.from(value!).equals(sample.segments[1]!.subarray(0, 1000))).to.equal(true)
    arrival.fail()
    expect(await reader.read().then(() => 'more', () => 'cut')).to.equal('cut')
  })

  it('tells an error by its status where what was in the store is not sent yet', async () => {
    const { answer, arrival } = await ask()
    arrival.add('local')
    arrival.fail()
    expect((await answer).status).to.equal(500)
    // Nor is it later, when another that was asked for after it is.
    arriving = Promise.withResolvers()
    const again = await ask()
    again.arrival.add('local')
    expect((await again.answer).status).to.equal(200)
    again.arrival.end()
  })

  it('begins with what was in the store once the next block came from elsewhere', async () => {
    const { answer, arrival } = await ask()
    arrival.add('local')
    arrival.add('peer')
    const begun = await answer
    expect(begun.headers.get('cdnd-sources')).to.equal('peer=1000,local=1000')
    // Not again when what is in the store would have been sent anyhow, as another's is by then.
    arriving = Promise.withResolvers()
    const later = await ask()
    later.arrival.add('local')
    await later.answer
    later.arrival.end()
    arrival.add('peer')
    arrival.end()
    await isRight(begun)
  })
})
