/**
 * Somebody's site with our player on it, in Chromium, and a real network behind.
 * in: nothing. out: bootstrap, origin and edge as processes, a title in two bit rates, and pages of
 * the site to drive from a test.
 */

import { readFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import { basename, join } from 'node:path'
import type Hls from 'hls.js'
import type { BrowserContext, Page } from 'playwright-core'
import { WebPage } from '../../../daemon/web-page.ts'
import type { DaemonProcess } from '../../../testnet/daemon-process.ts'
import type { Player, PlayerOptions } from '../../../web/player/index.ts'
import { gatewayOf, NetworkRig, type Published, until } from '../../e2e/network-rig.ts'
import { ROOT } from '../../house/source-files.ts'
import { makeTone } from '../../origin/media-files.ts'
import { type ServedToBrowser, servedToBrowser } from '../served-to-browser.ts'

export const TITLE_SECONDS = 24
const SEGMENT = '2s'

export interface Network {
  rig: NetworkRig
  bootstrap: DaemonProcess
  origin: DaemonProcess
  edge: DaemonProcess
  title: Published
  /** Of the title at the edge. */
  url: string
}

/** What the page's console has of the player. */
interface PageGlobals {
  cdnd: { createPlayer: (options: PlayerOptions) => Player }
  player: Player
  hls: Hls
}

export interface SitePage {
  page: Page
  /** URLs of what was asked for, in order. */
  asked: string[]
  /** What the console said that was an error or a warning, and exceptions. */
  complaints: string[]
}

export async function openNetwork (): Promise<Network> {
  const rig = await NetworkRig.open({
    dht: { enabled: 'off' },
    listen: ['/ip4/127.0.0.1/tcp/0', '/ip4/127.0.0.1/udp/0/webrtc-direct']
  })
  try {
    const bootstrap = await rig.start('bootstrap')
    const origin = await rig.start('origin')
    const edge = await rig.start('edge', 'edge', { tracker: { urls: [gatewayOf(bootstrap)] } })
    const path = await makeTone(rig.folder, 'tone.flac', TITLE_SECONDS)
    const title = await rig.publish(origin, {
      path, segment: SEGMENT, alias: 'tone', bitrates: ['64k', '128k']
    })
    await until(async () => (await rig.status(edge)).httpSources.length > 0,
      'the edge to know the origin')
    return { rig, bootstrap, origin, edge, title, url: urlAt(edge, title) }
  } catch (err) {
    await rig.close()
    throw err
  }
}

export const urlAt = (gateway: DaemonProcess, { id }: Pick<Published, 'id'>): string =>
  `${gatewayOf(gateway)}/hls/${id}/master.m3u8`

export class Site {
  readonly #served: ServedToBrowser

  private constructor (served: ServedToBrowser) {
    this.#served = served
  }

  static async open ({ edge }: Pick<Network, 'edge'>): Promise<Site> {
    const hls = await readFile(join(ROOT, HLS))
    return new Site(await servedToBrowser(siteOf(gatewayOf(edge), hls)))
  }

  get url (): string { return this.#served.url }

  async close (): Promise<void> {
    await this.#served.close()
  }

  /** A visitor of its own: nothing is shared with other contexts. */
  async visitor (): Promise<BrowserContext> {
    return await this.#served.browser.newContext()
  }

  /** A page of the site, with the script of the player unless `path` is another. */
  async page (visitor?: BrowserContext, path = '/'): Promise<SitePage> {
    const page = await (visitor ?? await this.visitor()).newPage()
    const watched = watch(page)
    await page.goto(`${this.url}${path}`)
    await page.waitForFunction(() => 'cdnd' in globalThis)
    return { page, ...watched }
  }
}

/** A network and a site, there from before the suite's first test to after its last. */
export function siteOfSuite (): { network: Network, site: Site } {
  const opened: Partial<{ network: Network, site: Site }> = {}
  before(async () => {
    opened.network = await openNetwork()
    opened.site = await Site.open(opened.network)
  })
  after(async () => {
    await opened.site?.close()
    await opened.network?.rig.close()
  })
  return opened as { network: Network, site: Site }
}

export function watch (page: Page): Omit<SitePage, 'page'> {
  const asked: string[] = []
  const complaints: string[] = []
  page.on('request', request => { asked.push(request.url()) })
  page.on('console', message => {
    if (['error', 'warning'].includes(message.type())) complaints.push(message.text())
  })
  page.on('pageerror', err => { complaints.push(String(err)) })
  return { asked, complaints }
}

const HLS = 'node_modules/hls.js/dist/hls.min.js'

function siteOf (edge: string, hls: Buffer): Server {
  const player = '<script type="module" src="/player/cdnd-player.js"></script>'
  const own = new WebPage('player')
  const files: Record<string, { type: string, body: string | Buffer }> = {
    '/': html(`<video id="media" muted controls></video>${player}`),
    '/hls.js': { type: 'text/javascript', body: hls },
    '/cdnd-worker.js': {
      type: 'text/javascript', body: `importScripts('${edge}/player/cdnd-worker.js')`
    }
  }
  return createServer(({ url = '/' }, response) => {
    const [path = '', query = ''] = url.split('?', 2)
    const script = path.startsWith('/player/') ? own.file(basename(path)) : undefined
    void Promise.resolve(script).then(script => {
      const file = script != null
        ? { type: script.type, body: script.bytes }
        : path === '/readme' ? readme(query, edge) : files[path]
      if (file == null) response.statusCode = path === '/favicon.ico' ? 204 : 404
      else response.setHeader('content-type', file.type)
      response.end(file?.body)
    })
  })
}

/** What README says to put on a page, with the hosts of this network: `?url=&tracker=`. */
function readme (query: string, edge: string): { type: string, body: string } {
  const given = new URLSearchParams(query)
  const text = readFileSync(join(ROOT, 'README.md'), 'utf8')
  const [, snippet = ''] = /```html\n(.*?)```/s.exec(text) ?? []
  return html(snippet
    .replace(/https:[^"]*master.m3u8/, given.get('url')!)
    .replace('https://meet.example.org', given.get('tracker')!)
    .replace('https://edge.example.org', edge)
    .replace('<audio', '<audio id="media" muted'))
}

const html = (body: string): { type: string, body: string } =>
  ({ type: 'text/html', body: `<!doctype html><title>A site</title>${body}` })

/** Plays the title on the page, muted and as fast as browsers do. */
export async function play (
  { page }: SitePage, url: string, options: PlayerOptions = {}
): Promise<string> {
  return await page.evaluate(async ([url, options]) => {
    const globals = globalThis as unknown as PageGlobals
    globals.player = globals.cdnd.createPlayer(options)
    const media = document.querySelector<HTMLMediaElement>('#media')!
    const { mode, hls } = await globals.player.attach(media, url)
    if (hls != null) globals.hls = hls
    media.defaultPlaybackRate = media.playbackRate = 8
    void media.play().catch(() => {})
    return mode
  }, [url, options] as const)
}

export async function untilPlayed ({ page }: SitePage, seconds: number): Promise<void> {
  await page.waitForFunction(seconds => {
    const { currentTime, ended } = document.querySelector<HTMLMediaElement>('#media')!
    return ended || currentTime >= seconds
  }, seconds, { timeout: 30_000 })
}

export async function untilEnded ({ page }: SitePage): Promise<void> {
  await page.waitForFunction(() => document.querySelector<HTMLMediaElement>('#media')!.ended,
    undefined, { timeout: 30_000 })
}

export async function metricsOf ({ page }: SitePage): Promise<ReturnType<Player['metrics']>> {
  return await page.evaluate(() => (globalThis as unknown as PageGlobals).player.metrics())
}

export async function p2pOf ({ page }: SitePage): Promise<Player['p2p']> {
  return await page.evaluate(() => (globalThis as unknown as PageGlobals).player.p2p)
}
