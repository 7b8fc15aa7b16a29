/**
 * A player that knows nothing of us, on a page with our service worker.
 */

import { expect } from 'chai'
import type Hls from 'hls.js'
import type { Player, PlayerOptions } from '../../../web/player/index.ts'
import { until } from '../../e2e/network-rig.ts'
import {
  metricsOf, type SitePage, siteOfSuite, TITLE_SECONDS, untilEnded, untilPlayed
} from '../player/site-rig.ts'

interface Globals {
  cdnd: { createPlayer: (options: PlayerOptions) => Player }
  player: Player
  Hls: typeof Hls
}

describe('web/worker', function () {
  this.timeout(90_000)
  const opened = siteOfSuite()

  /** A page with our worker, at which the site's own hls.js plays. */
  async function visit (): Promise<SitePage & { served: string[] }> {
    const visit = await opened.site.page()
    const { page } = visit
    // Servers say where they have it from; the worker passes that on, and adds nothing of its own.
    const served: string[] = []
    page.on('response', response => {
      if (response.url().endsWith('.m4s') && response.headers()['cdnd-source'] != null) {
        served.push(response.url())
      }
    })
    await page.addScriptTag({ url: '/hls.js' })
    await page.evaluate(async () => {
      const globals = globalThis as unknown as Globals
      globals.player = globals.cdnd.createPlayer({})
      await globals.player.useWorker('/cdnd-worker.js')
    })
    // Until the node runs, servers answer: they say for how long an answer may be kept.
    await until(() => page.evaluate(async url => {
      if (navigator.serviceWorker.controller == null) return false
      return !(await fetch(url)).headers.has('cache-control')
    }, opened.network.url), 'the node of the page to answer its worker')
    return { ...visit, served }
  }

  async function playPlainly ({ page }: SitePage, rate = 8): Promise<void> {
    await page.evaluate(([url, rate]) => {
      const { Hls } = globalThis as unknown as Globals
      const hls = new Hls({ maxBufferLength: 6, maxMaxBufferLength: 6 })
      const media = document.querySelector('video')!
      hls.loadSource(url)
      hls.attachMedia(media)
      media.defaultPlaybackRate = media.playbackRate = rate
      void media.play().catch(() => {})
    }, [opened.network.url, rate] as const)
  }

  it('gives any player of the page segments from the node of the page', async () => {
    const page = await visit()
    await playPlainly(page)
    await untilEnded(page)
    expect(page.served).to.deep.equal([])
    const { segments, played } = await metricsOf(page)
    expect(segments).to.be.at.least(TITLE_SECONDS / 2)
    expect(played.edge).to.be.greaterThan(0)
    expect(page.complaints).to.deep.equal([])
    await page.page.context().close()
  })

  it('leaves playing to the server once the node has gone', async () => {
    const page = await visit()
    await playPlainly(page, 1)
    await untilPlayed(page, 1)
    expect(page.served).to.deep.equal([])
    await page.page.evaluate(async () => {
      await (globalThis as unknown as Globals).player.stop()
      document.querySelector('video')!.playbackRate = 8
    })
    await untilEnded(page)
    expect(page.served).not.to.deep.equal([])
    expect((await metricsOf(page)).segments).to.be.lessThan(TITLE_SECONDS / 2)
    await page.page.context().close()
  })

  it('lets a page without a node play from the server', async () => {
    const visitor = (await visit()).page.context()
    const page = await opened.site.page(visitor)
    await page.page.addScriptTag({ url: '/hls.js' })
    await page.page.waitForFunction(() => navigator.serviceWorker.controller != null)
    await playPlainly(page)
    await untilEnded(page)
    await visitor.close()
  })
})
