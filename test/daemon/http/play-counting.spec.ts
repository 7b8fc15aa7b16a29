import { expect } from 'chai'
import { gateway } from '../../../daemon/http/index.ts'
import type { PlayCounter } from '../../../daemon/http/play-counting.ts'
import { type Sample, sampleTitle } from './sample-title.ts'

describe('daemon/http/play-counting', () => {
  let sample: Sample
  before(async () => { sample = await sampleTitle() })

  /** What is counted of some requests, each as `[url, headers]`. */
  async function counted (...asked: Array<[string, Record<string, string>?]>): Promise<string[]> {
    const told: string[] = []
    const plays: PlayCounter = {
      segment: ({ id }, rendition, number, times) => {
        told.push(`${id.equals(sample.content)} ${rendition} ${number} × ${times}`)
      },
      bytes: ({ id }, bytes) => { told.push(`${id.equals(sample.content)} ${bytes} bytes`) }
    }
    const { app } = gateway({ host: '127.0.0.1', port: 0 })({ ...sample.components, plays })
    for (const [url, headers = {}] of asked) await app.inject({ url, headers })
    await app.close()
    return told
  }

  it('counts segments by every name they have, each as often as it was asked for', async () => {
    const id = String(sample.content)
    expect(await counted(
      [`/hls/${id}/128k/1.m4s`], [`/hls/${id}/128k/1.m4s`], ['/hls/my%20song/128k/0.m4s'],
      [`/segments/${id}/128k/0`]
    )).to.deep.equal(['true 128k 1 × 2', 'true 128k 0 × 1', 'true 128k 0 × 1'])
  })

  it('counts the bytes of blocks that peers ask for by their title', async () => {
    const [block] = sample.segmentCids
    const { size } = (await sample.manifest.index('128k').segment(0)).blocks[0]!
    const url = `/blocks/${block}?content=${sample.content}`
    expect(await counted([url], [url])).to.deep.equal([`true ${size * 2} bytes`])
    expect(await counted([`/blocks/${block}`])).to.deep.equal([])
  })

  it('counts a segment in ranges once, and nothing that was not sent', async () => {
    const url = `/hls/${sample.content}/128k/1.m4s`
    expect(await counted(
      [url, { range: 'bytes=0-9' }], [url, { range: 'bytes=10-' }],
      [url, { 'if-none-match': '*' }], [`/hls/${sample.content}/128k/99.m4s`]
    )).to.deep.equal(['true 128k 1 × 1'])
  })

  it('counts no playlists, init sections and lists', async () => {
    const id = String(sample.content)
    expect(await counted(
      [`/hls/${id}/master.m3u8`], [`/hls/${id}/128k/init.mp4`], ['/songs'], ['/health']
    )).to.deep.equal([])
  })
})
