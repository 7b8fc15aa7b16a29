import { expect } from 'chai'
import fc from 'fast-check'
import { parseTitleUrl, titleUrl } from '../../../web/player/title-url.ts'

const ID = 'bafyreidykglsfhoixmivffc5uwhcgshx4j465xwqntbmu43nb2dzqwfvae'
const BASE = 'https://edge.example.org'

describe('web/player/title-url', () => {
  const files = {
    'master.m3u8': { kind: 'master' },
    '128k/index.m3u8': { kind: 'playlist', rendition: '128k' },
    '128k/init.mp4': { kind: 'init', rendition: '128k' },
    '128k/0.m4s': { kind: 'segment', rendition: '128k', number: 0 },
    '720p.v2/1047.m4s': { kind: 'segment', rendition: '720p.v2', number: 1047 }
  }
  for (const [path, file] of Object.entries(files)) {
    it(`knows ${path}`, () => {
      expect(parseTitleUrl(`${BASE}/hls/${ID}/${path}`)).to.deep.equal({ base: BASE, id: ID, file })
    })
  }

  it('takes aliases, and questions in the URL', () => {
    expect(parseTitleUrl('http://a.b:8480/hls/my%20song/master.m3u8?token=1#x'))
      .to.deep.equal({ base: 'http://a.b:8480', id: 'my song', file: { kind: 'master' } })
  })

  const others = [
    '', 'hls/a/master.m3u8', `ftp://a/hls/${ID}/master.m3u8`, `${BASE}/hls/${ID}/other.m3u8`,
    `${BASE}/hls/${ID}/128k/01.m4s`, `${BASE}/hls/${ID}/128k/a.m4s`, `${BASE}/hls/${ID}/128k/0.ts`,
    `${BASE}/hls/${ID}/../0.m4s`, `${BASE}/hls/%zz/master.m3u8`, `${BASE}/songs/${ID}`,
    `${BASE}/cdn/hls/${ID}/master.m3u8`, `${BASE}/hls/${ID}/128k/0.m4s/`,
    `${BASE}/hls/${ID}/128k/9999999999.m4s`
  ]
  for (const url of others) {
    it(`leaves "${url}" to others`, () => {
      expect(parseTitleUrl(url)).to.equal(undefined)
    })
  }

  it('reads back any title it wrote, and throws at nothing', () => {
    const name = fc.string({ minLength: 1, maxLength: 12 }).filter(text => !/^\.{1,2}$/.test(text))
    fc.assert(fc.property(name, id => {
      expect(parseTitleUrl(titleUrl(`${BASE}/`, id))).to.deep.include({ base: BASE, id })
    }))
    fc.assert(fc.property(fc.string(), text => {
      parseTitleUrl(text)
      parseTitleUrl(`${BASE}/hls/${text}`)
    }))
  })
})
