import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { type DemoPages, webDemo } from '../../testnet/web-demo.ts'
import { makeTone } from '../origin/media-files.ts'

describe('testnet/web-demo', function () {
  this.timeout(90_000)
  let folder: string

  before(async () => { folder = await mkdtemp(join(tmpdir(), 'cdnd-web-demo-')) })
  after(() => rm(folder, { recursive: true, force: true }))

  it('serves the pages it names, and ends when it is told to', async () => {
    const said: string[] = []
    const ends = new AbortController()
    const { promise, resolve } = Promise.withResolvers<DemoPages>()
    const file = await makeTone(folder, 'tone.flac', 8)
    const demo = webDemo(file, line => { said.push(line) }, {
      onReady: resolve, signal: ends.signal
    })
    const pages = await Promise.race([promise, demo.then(() => { throw new Error(said.join()) })])
    for (const url of Object.values(pages)) {
      expect((await fetch(url)).status, url).to.equal(200)
    }
    expect(said.join()).to.include(pages.listen)
    const { origin, searchParams, hash } = new URL(pages.listen)
    const title = await fetch(`${origin}/hls/${hash.slice(1)}/master.m3u8`)
    expect(await title.text()).to.include('128k/index.m3u8')
    const viewers = await fetch(`${searchParams.get('tracker')}/viewers/${hash.slice(1)}`)
    expect(viewers.status).to.equal(200)
    ends.abort()
    await demo
  })
})
