import { expect } from 'chai'
import { readOptions } from '../../../web/player/options.ts'
import { TitlePlayer } from '../../../web/player/title-player.ts'
import { contentNamed } from '../../protocols/tracker/nodes.ts'

const urlOf = (name: string): string =>
  `https://edge.example/hls/${contentNamed(name)}/master.m3u8`

describe('web/player/title-player', () => {
  const { fetch, setTimeout } = globalThis

  before(() => {
    Object.assign(globalThis, { addEventListener: () => {}, removeEventListener: () => {} })
  })
  after(() => {
    Reflect.deleteProperty(globalThis, 'addEventListener')
    Reflect.deleteProperty(globalThis, 'removeEventListener')
  })
  afterEach(() => { Object.assign(globalThis, { fetch, setTimeout }) })

  it('gets nothing by itself of what the browser plays by URL', async () => {
    const asked: string[] = []
    const gone = new AbortController()
    const { promise, resolve } = Promise.withResolvers<void>()
    globalThis.fetch = async input => {
      asked.push(String(input))
      if (String(input).includes(`${contentNamed('b')}`)) resolve()
      throw new TypeError('fetch failed')
    }
    const player = new TitlePlayer(readOptions({}), { hasMediaSource: false, hasWebRtc: false })
    const media = { canPlayType: () => 'maybe', removeAttribute: () => {}, load: () => {} }
    const { mode } = await player.attach(media as unknown as HTMLMediaElement, urlOf('a'))
    expect(mode).to.equal('native')
    // What comes after it waits for the same node, behind it.
    const other = player.file(urlOf('b'), { signal: gone.signal, client: 'test' }).catch(() => {})
    await promise
    expect(asked.filter(url => url.includes(`${contentNamed('a')}`))).to.deep.equal([])
    gone.abort()
    await other
    await player.stop()
  })
  it('meets others as soon as no server can be asked, and waits for no silence', async () => {
    const gone = new AbortController()
    const asked = Promise.withResolvers<void>()
    globalThis.fetch = async () => { throw new TypeError('fetch failed') }
    // What is only done after a while is not done at all.
    const never = (then: () => void, ms = 0) => setTimeout(then, ms >= 3_000 ? 1e9 : ms)
    Object.assign(globalThis, { setTimeout: never })
    const settings = readOptions({
      trackerUrls: ['https://meet.example'],
      consent: () => {
        asked.resolve()
        return false
      }
    })
    const player = new TitlePlayer(settings, { hasMediaSource: false, hasWebRtc: true })
    const file = player.file(urlOf('a'), { signal: gone.signal, client: 'test' }).catch(() => {})
    await asked.promise
    gone.abort()
    await file
    await player.stop()
  })
})
