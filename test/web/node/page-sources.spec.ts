import { expect } from 'chai'
import type { HttpFetch, HttpSources } from '../../../daemon/discovery/index.ts'
import { systemTimer, type Timer } from '../../../protocols/clock.ts'
import { InvalidArgumentError } from '../../../protocols/errors.ts'
import { PageSources } from '../../../web/node/page-sources.ts'

const EDGE = 'http://edge.example:8080'
const ORIGIN = 'http://origin.example'

/** Nobody is waited for. */
const timer: Timer = (_ms, then) => systemTimer(0, then)

/** Answers /health with what it is given for the server. */
const answering = (texts: Record<string, string>): HttpFetch => async url => {
  const text = texts[new URL(url).origin]
  if (text == null) throw new TypeError('fetch failed')
  return new Response(text)
}

const listing = (...urls: string[]): HttpSources => ({
  list: () => urls.map(url => ({ role: 'edge', url, rttMs: 7 })),
  isSettled: () => false,
  use: () => {},
  ready: async () => {}
})

async function until (isTrue: () => boolean): Promise<void> {
  while (!isTrue()) await new Promise(resolve => setImmediate(resolve))
}

describe('web/node/page-sources', () => {
  it('lists the servers of the page, each once and without a path', () => {
    const sources = new PageSources({ fetch, timer }, [`${EDGE}/`, `${EDGE}/hls/`, ORIGIN])
    expect(sources.list().map(({ url }) => url)).to.deep.equal([EDGE, ORIGIN])
    expect(sources.isSettled()).to.equal(true)
  })

  it('takes another server while it runs, once, and asks for its role', async () => {
    const sources = new PageSources({
      fetch: answering({ [ORIGIN]: '{"role":"origin"}' }), timer
    }, [EDGE])
    sources.start()
    for (const url of [ORIGIN, `${ORIGIN}/hls/`, EDGE]) sources.add(url)
    expect(sources.list().map(({ url }) => url)).to.deep.equal([EDGE, ORIGIN])
    await until(() => sources.list()[1]!.role === 'origin')
    expect(() => { sources.add('origin') }).to.throw(InvalidArgumentError, '"origin"')
    sources.stop()
  })

  it('refuses what is no http URL, and names it', () => {
    for (const base of ['edge.example', 'ftp://edge.example', '']) {
      expect(() => new PageSources({ fetch, timer }, [base]))
        .to.throw(InvalidArgumentError, `"${base}"`)
    }
  })

  it('takes an origin for one when it says so, and an edge for whoever does not', async () => {
    const nonsense = 'http://nonsense.example'
    const long = 'http://long.example'
    const sources = new PageSources({
      timer,
      fetch: answering({
        [ORIGIN]: '{"role":"origin"}',
        [nonsense]: 'origin',
        [long]: `${' '.repeat(10_000)}{"role":"origin"}`
      })
    }, [EDGE, nonsense, long, ORIGIN])
    sources.start()
    await until(() => sources.list()[3]!.role === 'origin')
    expect(sources.list().map(({ role }) => role)).to.deep.equal(['edge', 'edge', 'edge', 'origin'])
    sources.stop()
  })

  it('adds what the swarm knows while it follows it, and knows its own servers better', () => {
    const sources = new PageSources({ fetch, timer }, [EDGE])
    let uses = 0
    sources.follow({ ...listing('http://far.example', EDGE), use: () => { uses++ } })
    sources.use()
    expect(uses).to.equal(1)
    expect(sources.list()).to.deep.equal([
      { role: 'edge', url: EDGE, rttMs: 7 }, { role: 'edge', url: 'http://far.example', rttMs: 7 }
    ])
    expect(sources.isSettled()).to.equal(false)
    sources.follow(undefined)
    sources.use()
    expect(uses).to.equal(1)
    expect(sources.list()).to.deep.equal([{ role: 'edge', url: EDGE }])
  })

  it('waits for servers until the signal aborts where there are none', async () => {
    const gone = new AbortController()
    const waiting = new PageSources({ fetch, timer }, []).ready(gone)
    gone.abort(new Error('over'))
    expect(await waiting.catch((err: Error) => err.message)).to.equal('over')
  })
})
