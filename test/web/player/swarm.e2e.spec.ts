/**
 * Visitors of one site who play the same title, in Chromium, each a browser of its own kind.
 */

import { expect } from 'chai'
import type { Player, PlayerOptions } from '../../../web/player/index.ts'
import { gatewayOf } from '../../e2e/network-rig.ts'
import { metricsOf, p2pOf, play, siteOfSuite, type SitePage, untilEnded } from './site-rig.ts'

interface Globals { player: Player }

describe('web/player among others', function () {
  this.timeout(120_000)
  const opened = siteOfSuite()

  const meeting = (): PlayerOptions => ({ trackerUrls: [gatewayOf(opened.network.bootstrap)] })

  async function visit (): Promise<SitePage> {
    const page = await opened.site.page()
    await play(page, opened.network.url, meeting())
    return page
  }
  const untilJoined = async ({ page }: SitePage): Promise<void> => {
    await page.waitForFunction(() => (globalThis as unknown as Globals).player.p2p === 'joined',
      undefined, { timeout: 30_000 })
  }

  let first: SitePage
  let second: SitePage

  it('gets from a page that was there before what it needs after the first segment', async () => {
    first = await visit()
    await untilEnded(first)
    await untilJoined(first)
    second = await visit()
    await untilEnded(second)
    const { received, played } = await metricsOf(second)
    console.log(`      ${JSON.stringify({ received, played })}`)
    expect(received.peer).to.be.greaterThan(received.edge + received.origin)
    expect(second.complaints).to.deep.equal([])
  })

  it('begins and plays through from pages alone when edge and origin are gone', async () => {
    await untilJoined(second)
    await Promise.all([opened.network.edge, opened.network.origin].map(daemon => daemon.kill()))
    const late = await visit()
    await untilEnded(late)
    const { received, offload } = await metricsOf(late)
    expect(received).to.include({ edge: 0, origin: 0 })
    expect(received.peer).to.be.greaterThan(0)
    expect(offload).to.equal(1)
    expect(await p2pOf(late)).to.equal('joined')
  })
})
