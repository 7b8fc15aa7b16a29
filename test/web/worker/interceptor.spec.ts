import { expect } from 'chai'
import { PageAnswers } from '../../../web/player/page-answers.ts'
import { Interceptor, type PageClient } from '../../../web/worker/interceptor.ts'
import { DEAF_MS } from '../../../web/worker/talk.ts'

const URL_OF_SEGMENT = 'https://edge.example/hls/song/128k/0.m4s'
const BYTES = new Uint8Array([1, 2, 3])

type File = (url: string, options: { signal: AbortSignal }) => Promise<Uint8Array | undefined>

/** A worker and its page, in one process: they talk over real ports. */
function workerWith (file: File, isOpen = true) {
  const time = { nowMs: 0 }
  const timers: Array<{ fire: () => void, ms: number }> = []
  const fetched: string[] = []
  const interceptor = new Interceptor({
    fetch: async ({ url }) => {
      fetched.push(url)
      return new Response('from the server')
    },
    clock: () => time.nowMs,
    setTimeout: ((fire: () => void, ms: number) => {
      const timer = { fire, ms }
      timers.push(timer)
      return timer
    }) as unknown as typeof setTimeout,
    clearTimeout: (timer => {
      timers.splice(timers.indexOf(timer as unknown as typeof timers[0]), 1)
    }) as typeof clearTimeout
  })
  const container = new EventTarget()
  const answers = new PageAnswers({
    container: container as ServiceWorkerContainer,
    isOpen: () => isOpen,
    file: async (url, options) => {
      const bytes = await file(url, options)
      return bytes && { bytes: new Uint8Array(bytes), type: 'audio/mp4', deliveries: [] }
    }
  })
  answers.start()
  let asked = 0
  const page: PageClient = {
    id: 'a',
    postMessage: (data, ports) => {
      asked++
      container.dispatchEvent(Object.assign(new Event('message'), { data, ports }))
    }
  }
  return { interceptor, answers, page, time, timers, fetched, asked: () => asked }
}

const segment = (init: RequestInit = {}): Request => new Request(URL_OF_SEGMENT, init)
const settle = (): Promise<void> => new Promise(resolve => setImmediate(resolve))

describe('web/worker/interceptor', () => {
  it('takes whole files of titles, and leaves everything else alone', () => {
    const isFile = (url: string, init: RequestInit = {}): boolean =>
      Interceptor.isFile(new Request(url, init))
    expect(isFile(URL_OF_SEGMENT)).to.equal(true)
    expect(isFile('https://edge.example/hls/song/master.m3u8')).to.equal(true)
    expect(isFile('https://edge.example/blocks/bafy')).to.equal(false)
    expect(isFile(URL_OF_SEGMENT, { method: 'HEAD' })).to.equal(false)
    expect(isFile(URL_OF_SEGMENT, { headers: { range: 'bytes=0-1' } })).to.equal(false)
  })

  it('answers with what the page has', async () => {
    const { interceptor, page, fetched, timers } = workerWith(async () => BYTES)
    const answer = await interceptor.respond(segment(), page)
    expect(new Uint8Array(await answer.arrayBuffer())).to.deep.equal(BYTES)
    expect(answer.headers.get('content-type')).to.equal('audio/mp4')
    expect([fetched, timers]).to.deep.equal([[], []])
  })

  const without: Record<string, File> = {
    'has no node for it': async () => undefined,
    'fails': async () => { throw new Error('nobody has it') }
  }
  for (const [what, file] of Object.entries(without)) {
    it(`asks the server when the page ${what}`, async () => {
      const { interceptor, page, fetched } = workerWith(file)
      expect(await (await interceptor.respond(segment(), page)).text()).to.equal('from the server')
      expect(fetched).to.deep.equal([URL_OF_SEGMENT])
    })
  }

  it('asks the server when there is no page, or its node does not run yet', async () => {
    const { interceptor, page, fetched } = workerWith(async () => BYTES, false)
    await interceptor.respond(segment(), undefined)
    await interceptor.respond(segment(), page)
    expect(fetched).to.have.length(2)
  })

  it('asks the server when the page is silent, and does not ask the page for a while', async () => {
    const { interceptor, answers, page, time, timers, asked } = workerWith(async () => BYTES)
    answers.stop()
    const first = interceptor.respond(segment(), page)
    timers[0]!.fire()
    expect(await (await first).text()).to.equal('from the server')
    await interceptor.respond(segment(), page)
    expect(asked()).to.equal(1)
    time.nowMs = DEAF_MS
    answers.start()
    await interceptor.respond(segment(), page)
    expect(asked()).to.equal(2)
  })

  it('cancels at the page what takes too long, and asks the server', async () => {
    let signal: AbortSignal | undefined
    const { interceptor, page, timers } = workerWith(async (_url, options) => {
      signal = options.signal
      return await new Promise<undefined>(() => {})
    })
    const answer = interceptor.respond(segment(), page)
    while (signal == null || timers.length !== 1 || timers[0]!.ms < 1_000) await settle()
    timers[0]!.fire()
    expect(await (await answer).text()).to.equal('from the server')
    while (!signal.aborted) await settle()
  })

  it('cancels at the page what its player does not want any more', async () => {
    let signal: AbortSignal | undefined
    const { interceptor, page } = workerWith(async (_url, options) => {
      signal = options.signal
      return await new Promise<undefined>(() => {})
    })
    const controller = new AbortController()
    const answer = interceptor.respond(segment({ signal: controller.signal }), page)
    while (signal == null) await settle()
    controller.abort()
    await answer
    while (!signal.aborted) await settle()
  })
})
