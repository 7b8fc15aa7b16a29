import { expect } from 'chai'
import type {
  HlsConfig, LoaderCallbacks, LoaderConfiguration, LoaderContext, LoaderStats
} from 'hls.js'
import { DeadlineError, NotInManifestError } from '../../../protocols/errors.ts'
import { type LoaderComponents, titleLoader } from '../../../web/player/hls-loader.ts'
import { NetworkTimes } from '../../../web/player/network-times.ts'
import type { GivenFile, GivenSegment } from '../../../web/player/title-files.ts'

const SEGMENT = 'https://edge.example/hls/song/128k/0.m4s'
/** What a server has, without one. */
const SERVED = 'data:text/plain,served'

const fileOf = (bytes: Uint8Array<ArrayBuffer>, more: Partial<GivenFile> = {}): GivenFile =>
  ({ bytes, type: 'audio/mp4', deliveries: [], ...more })
const text = (what: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(what)

interface Outcome {
  what: 'success' | 'error' | 'timeout' | 'abort'
  data?: unknown
  code?: number
  stats: LoaderStats
}

function loaderWith (file: LoaderComponents['file'], times = new NetworkTimes()) {
  const served: string[] = []
  const told: Array<Outcome['what']> = []
  const Loader = titleLoader({ file, times, onServed: url => { served.push(url) } })
  const loader = new Loader({ abrEwmaDefaultEstimate: 800_000 } as HlsConfig)
  const load = async (
    context: Partial<LoaderContext> = {}, maxLoadTimeMs = 5_000
  ): Promise<Outcome> => await new Promise(done => {
    const resolve = (outcome: Outcome): void => {
      told.push(outcome.what)
      done(outcome)
    }
    const callbacks: LoaderCallbacks<LoaderContext> = {
      onSuccess: ({ data, code }, stats) => {
        resolve({ what: 'success', data, code: code!, stats })
      },
      onError: ({ code }, _context, _details, stats) => { resolve({ what: 'error', code, stats }) },
      onTimeout: stats => { resolve({ what: 'timeout', stats }) },
      onAbort: stats => { resolve({ what: 'abort', stats }) }
    }
    loader.load(
      { url: SEGMENT, responseType: 'arraybuffer', ...context } as LoaderContext,
      { loadPolicy: { maxLoadTimeMs } } as LoaderConfiguration, callbacks
    )
  })
  return { loader, load, served, told }
}

describe('web/player/hls-loader', () => {
  it('gives segments as buffers and playlists as text', async () => {
    const segment = await loaderWith(async () => fileOf(text('abc'))).load()
    expect(segment).to.include({ what: 'success', code: 200 })
    expect(new Uint8Array(segment.data as ArrayBuffer)).to.deep.equal(text('abc'))
    const { load } = loaderWith(async () => fileOf(text('#EXTM3U')))
    const playlist = await load({ responseType: '' })
    expect(playlist.data).to.equal('#EXTM3U')
  })

  it('gives a part of a larger buffer as a buffer of its own', async () => {
    const part = new Uint8Array([1, 2, 3, 4]).subarray(1, 3) as Uint8Array<ArrayBuffer>
    const { data } = await loaderWith(async () => fileOf(part)).load()
    expect(new Uint8Array(data as ArrayBuffer)).to.deep.equal(new Uint8Array([2, 3]))
  })

  it('tells of a segment the time that the line would have needed, not the store', async () => {
    const times = new NetworkTimes()
    const nowMs = Date.now()
    times.add({ source: 'peer', bytes: 100_000, fromMs: nowMs - 1_000, toMs: nowMs })
    const segment = { number: 0 } as GivenSegment
    const deliveries = [{ source: 'local' as const, path: [], elapsedMs: 0, bytes: 1, rttMs: 30 }]
    const { stats } = await loaderWith(
      async () => fileOf(new Uint8Array(50_000), { segment, deliveries }), times).load()
    const { start, first, end } = stats.loading
    expect(end - first).to.be.closeTo(500, 1e-6)
    expect(first - start).to.be.closeTo(30, 1e-6)
    expect([stats.loaded, stats.total]).to.deep.equal([50_000, 50_000])
  })

  it('tells the time of the estimate there is while nothing was measured', async () => {
    const segment = { number: 0 } as GivenSegment
    const { stats } = await loaderWith(
      async () => fileOf(new Uint8Array(50_000), { segment })).load()
    expect(stats.loading.end - stats.loading.first).to.be.closeTo(500, 1e-6)
  })

  it('tells how far a segment has come, never that all of it is here', async () => {
    let seen: Pick<LoaderStats, 'loaded' | 'total'> | undefined
    const { loader, load } = loaderWith(async (_url, { onBytes }) => {
      onBytes(1_000)
      onBytes(500)
      seen = { loaded: loader.stats.loaded, total: loader.stats.total }
      return fileOf(new Uint8Array(1_500))
    })
    await load()
    expect(seen!.loaded).to.equal(1_500)
    expect(seen!.total).to.be.greaterThan(1_500)
  })

  it('asks the server where the node has nothing to say, and tells that it served', async () => {
    const { load, served } = loaderWith(async () => undefined)
    expect((await load({ url: SERVED, responseType: '' })).data).to.equal('served')
    expect(served).to.deep.equal([SERVED])
  })

  it('leaves ranges to the server', async () => {
    const { load } = loaderWith(async () => { throw new Error('asked') })
    const range = { url: SERVED, responseType: '', rangeStart: 0, rangeEnd: 6 }
    expect((await load(range)).what).to.equal('success')
  })

  const failures: Array<[Error, Pick<Outcome, 'what' | 'code'>]> = [
    [new NotInManifestError('no such segment'), { what: 'error', code: 404 }],
    [new Error('out of order'), { what: 'error', code: 502 }],
    [new DeadlineError('late'), { what: 'timeout' }]
  ]
  for (const [err, outcome] of failures) {
    it(`tells of ${err.name} as ${outcome.what} ${outcome.code ?? ''}`, async () => {
      expect(await loaderWith(async () => { throw err }).load()).to.include(outcome)
    })
  }

  it('gives up when hls.js has waited for as long as it would', async () => {
    let signal: AbortSignal | undefined
    const { load } = loaderWith(async (_url, options) => {
      signal = options.signal
      return await new Promise<undefined>(() => {})
    })
    expect((await load({}, 5)).what).to.equal('timeout')
    expect(signal!.aborted).to.equal(true)
  })

  it('tells of an abort once, and of nothing after it', async () => {
    const { promise, resolve } = Promise.withResolvers<GivenFile>()
    const { loader, load, told } = loaderWith(() => promise)
    const outcome = load()
    loader.abort()
    loader.abort()
    loader.destroy()
    resolve(fileOf(text('late')))
    expect((await outcome).stats.aborted).to.equal(true)
    await new Promise(resolve => setImmediate(resolve))
    expect(told).to.deep.equal(['abort'])
  })
})
