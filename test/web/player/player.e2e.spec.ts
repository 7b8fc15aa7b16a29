/**
 * The player on a site, in Chromium, with real servers: what it plays when nobody else is there.
 */

import { expect } from 'chai'
import type { Player, PlayerOptions } from '../../../web/player/index.ts'
import { gatewayOf, getJson } from '../../e2e/network-rig.ts'
import {
  metricsOf, p2pOf, play, siteOfSuite, type SitePage, TITLE_SECONDS, untilEnded, untilPlayed
} from './site-rig.ts'

interface Globals {
  cdnd: { createPlayer: (options: unknown) => Player }
  player: Player
  allow: (answer: boolean) => void
}

describe('web/player', function () {
  this.timeout(90_000)
  const opened = siteOfSuite()

  const meeting = (): PlayerOptions => ({ trackerUrls: [gatewayOf(opened.network.bootstrap)] })
  const media = (asked: string[]): string[] => asked.filter(url => url.endsWith('.m4s'))
  const blocks = (asked: string[]): string[] => asked.filter(url => url.includes('/blocks/'))

  it('plays a title to its end, every byte by its hash, and complains of nothing', async () => {
    const visit = await opened.site.page()
    expect(await play(visit, opened.network.url)).to.equal('hls.js')
    await untilEnded(visit)
    const { played, segments } = await metricsOf(visit)
    expect(segments).to.be.at.least(TITLE_SECONDS / 2)
    expect(played.edge).to.be.greaterThan(0)
    expect(played.edge + played.cache + played.origin)
      .to.equal(Object.values(played).reduce((sum, bytes) => sum + bytes))
    expect(media(visit.asked)).to.deep.equal([])
    expect(visit.complaints).to.deep.equal([])
    expect(visit.asked.filter(url => url.includes('join-swarm'))).to.deep.equal([])
    await visit.page.context().close()
  })

  it('asks the server for nothing twice, for it keeps what was played over a reload', async () => {
    const visitor = await opened.site.visitor()
    const first = await opened.site.page(visitor)
    await play(first, opened.network.url)
    await untilEnded(first)
    await first.page.close()
    const again = await opened.site.page(visitor)
    await play(again, opened.network.url)
    await untilEnded(again)
    // It may choose another bit rate, of which something is new.
    const before = new Set(blocks(first.asked))
    expect(before.size).to.be.at.least(TITLE_SECONDS / 2)
    expect(blocks(again.asked).filter(url => before.has(url))).to.deep.equal([])
    expect((await metricsOf(again)).played.cache).to.be.greaterThan(0)
    await visitor.close()
  })

  it('seeks, and plays on from there', async () => {
    const visit = await opened.site.page()
    await play(visit, opened.network.url)
    await untilPlayed(visit, 2)
    await visit.page.evaluate(seconds => {
      document.querySelector('video')!.currentTime = seconds
    }, TITLE_SECONDS - 6)
    await untilEnded(visit)
    await visit.page.evaluate(() => {
      document.querySelector('video')!.currentTime = 1
      return document.querySelector('video')!.play()
    })
    await untilPlayed(visit, 3)
    expect(visit.complaints).to.deep.equal([])
    await visit.page.context().close()
  })

  it('has the first segment before it loads what the swarm takes, and plays by alias', async () => {
    const visit = await opened.site.page()
    await play(visit, `${gatewayOf(opened.network.edge)}/hls/tone/master.m3u8`, meeting())
    await visit.page.waitForFunction(() => {
      const { player } = globalThis as unknown as Globals
      return player.p2p === 'joined'
    }, undefined, { timeout: 30_000 })
    const swarm = visit.asked.findIndex(url => url.includes('join-swarm'))
    expect(swarm).to.be.greaterThan(visit.asked.findIndex(url => url.includes('/blocks/')))
    expect((await metricsOf(visit)).segments).to.be.at.least(1)
    await visit.page.context().close()
  })

  it('plays all the same before consent is given, and joins once it is', async () => {
    const visit = await opened.site.page()
    await visit.page.evaluate(async ([url, options]) => {
      const globals = globalThis as unknown as Globals
      const consent = new Promise<boolean>(resolve => { globals.allow = resolve })
      globals.player = globals.cdnd.createPlayer({ ...options, consent: () => consent })
      const media = document.querySelector('video')!
      await globals.player.attach(media, url)
      await media.play()
    }, [opened.network.url, meeting()] as const)
    await untilPlayed(visit, 1)
    expect(await p2pOf(visit)).to.equal('asking')
    expect(visit.asked.filter(url => url.includes('/join'))).to.deep.equal([])
    await visit.page.evaluate(() => { (globalThis as unknown as Globals).allow(true) })
    await visit.page.waitForFunction(() =>
      (globalThis as unknown as Globals).player.p2p === 'joined', undefined, { timeout: 30_000 })
    await visit.page.context().close()
  })

  const alone: Record<string, string> = {
    'consent is refused': 'consent: () => false',
    'the title is not shared': 'isShared: () => false'
  }
  for (const [when, option] of Object.entries(alone)) {
    it(`plays from servers and meets nobody when ${when}`, async () => {
      const visit = await opened.site.page()
      await visit.page.evaluate(`(async () => {
        globalThis.player = cdnd.createPlayer({ ...${JSON.stringify(meeting())}, ${option} })
        const media = document.querySelector('video')
        await player.attach(media, ${JSON.stringify(opened.network.url)})
        media.defaultPlaybackRate = media.playbackRate = 8
        await media.play()
      })()`)
      await untilEnded(visit)
      expect(visit.asked.filter(url => /\/join\b|join-swarm/.test(url))).to.deep.equal([])
      expect((await metricsOf(visit)).segments).to.be.at.least(TITLE_SECONDS / 2)
      await visit.page.context().close()
    })
  }

  it('is a plain player when it is not enabled', async () => {
    const visit = await opened.site.page()
    await play(visit, opened.network.url, { enabled: false })
    await untilEnded(visit)
    expect(media(visit.asked).length).to.be.at.least(TITLE_SECONDS / 2)
    expect(blocks(visit.asked)).to.deep.equal([])
    await visit.page.context().close()
  })

  it('plays from the server what no node can open, as behind a plain cache', async () => {
    const visit = await opened.site.page()
    await visit.page.route(/\/(blocks|content)\//, route => route.abort())
    await play(visit, opened.network.url)
    await untilEnded(visit)
    expect(media(visit.asked).length).to.be.at.least(TITLE_SECONDS / 2)
    await visit.page.context().close()
  })

  it('leaves playing to the browser where that has no MediaSource', async () => {
    const visitor = await opened.site.visitor()
    await visitor.addInitScript(() => {
      for (const name of ['MediaSource', 'ManagedMediaSource']) Reflect.deleteProperty(window, name)
    })
    const visit = await opened.site.page(visitor)
    expect(await play(visit, opened.network.url)).to.equal('native')
    const src = await visit.page.evaluate(() => document.querySelector('video')!.src)
    expect(src).to.equal(opened.network.url)
    await visitor.close()
  })

  it('plays where there is no WebRTC and no IndexedDB', async () => {
    const visitor = await opened.site.visitor()
    await visitor.addInitScript(() => {
      Reflect.deleteProperty(window, 'RTCPeerConnection')
      Object.defineProperty(window, 'indexedDB', { value: undefined })
    })
    const visit = await opened.site.page(visitor)
    await play(visit, opened.network.url, meeting())
    await untilEnded(visit)
    expect(await p2pOf(visit)).to.equal('unavailable')
    expect((await metricsOf(visit)).played.edge).to.be.greaterThan(0)
    await visitor.close()
  })

  it('refuses options that are none, and a URL of no title, by their names', async () => {
    const { page } = await opened.site.page()
    const refusal = async (code: string): Promise<string> => await page.evaluate(`(async () => {
      try { await (${code}) } catch (err) { return err.name + ': ' + err.message }
    })()`)
    expect(await refusal("cdnd.createPlayer({ maxPeers: 'many' })"))
      .to.equal('InvalidArgumentError: maxPeers: many is not a whole number: write 1 … 64'
        .replace('many', '"many"'))
    expect(await refusal("cdnd.createPlayer().attach(document.querySelector('video'), 'a.mp3')"))
      .to.include('InvalidArgumentError: "a.mp3" is no title\'s URL')
    await page.context().close()
  })

  it('plays what README says to put on a page', async () => {
    const { url, bootstrap } = opened.network
    const query = new URLSearchParams({ url, tracker: gatewayOf(bootstrap) })
    const visit: SitePage = await opened.site.page(undefined, `/readme?${query}`)
    await visit.page.evaluate(() => document.querySelector('audio')!.play())
    await untilPlayed(visit, 1)
    expect(media(visit.asked)).to.deep.equal([])
    expect(await getJson(`${gatewayOf(opened.network.edge)}/listen/places.json`))
      .to.deep.equal({ trackers: [gatewayOf(opened.network.bootstrap)] })
    await visit.page.context().close()
  })
})
