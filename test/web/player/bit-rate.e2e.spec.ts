/**
 * What hls.js takes the line for, when most of what it plays was fetched before it asked.
 */

import { expect } from 'chai'
import type Hls from 'hls.js'
import { play, siteOfSuite, type SitePage, untilEnded } from './site-rig.ts'

/** As wide as the line is made: bytes per second, and as hls.js counts. */
const LINE_BYTES = 100_000
const LINE_BITS = 8 * LINE_BYTES

interface Globals { hls: Hls }

describe('web/player and bit rates', function () {
  this.timeout(90_000)
  const opened = siteOfSuite()

  async function narrow ({ page }: SitePage): Promise<void> {
    const session = await page.context().newCDPSession(page)
    await session.send('Network.enable')
    await session.send('Network.emulateNetworkConditions', {
      offline: false, latency: 20, downloadThroughput: LINE_BYTES, uploadThroughput: LINE_BYTES
    })
  }
  const estimateOf = async ({ page }: SitePage): Promise<number> => await page.evaluate(() =>
    (globalThis as unknown as Globals).hls.bandwidthEstimate)
  const levelsOf = async ({ page }: SitePage): Promise<string[]> => await page.evaluate(() =>
    (globalThis as unknown as Globals).hls.levels.map(({ url }) => url[0]!.split('/').at(-2)!))

  it('takes the line for what it is, though segments come from the store', async () => {
    const visitor = await opened.site.visitor()
    const visit = await opened.site.page(visitor)
    await narrow(visit)
    expect(await play(visit, opened.network.url)).to.equal('hls.js')
    await untilEnded(visit)
    const estimate = await estimateOf(visit)
    console.log(`      ${Math.round(estimate / 1000)} kbit/s of ${LINE_BITS / 1000}`)
    expect(estimate).to.be.within(LINE_BITS / 3, LINE_BITS * 1.5)
    expect(await levelsOf(visit)).to.deep.equal(['64k', '128k'])
    await visitor.close()
  })

  it('does not take what was kept from before for a fast line', async () => {
    const visitor = await opened.site.visitor()
    const first = await opened.site.page(visitor)
    await play(first, opened.network.url)
    await untilEnded(first)
    await first.page.close()
    const again = await opened.site.page(visitor)
    // Nothing comes over this line: what hls.js is told is what it took the line for.
    await again.page.route(/\/blocks\//, route => route.abort())
    await play(again, opened.network.url)
    await untilEnded(again)
    expect(await estimateOf(again)).to.be.within(LINE_BITS / 4, LINE_BITS * 1.5)
    await visitor.close()
  })
})
