/**
 * A network for pages: a bootstrap, an origin with one title, an edge, and Chromium.
 */

import type { DaemonProcess } from '../../../testnet/daemon-process.ts'
import type { PageNodeInit } from '../../../web/node/index.ts'
import {
  gatewayOf, NetworkRig, type Published, servedTitle, type Settings
} from '../../e2e/network-rig.ts'
import { makeTone } from '../../origin/media-files.ts'
import { PageRig, type PageUnderTest } from './page-rig.ts'

const SECONDS = 40
export const RENDITION = '128k'
/** A browser dials daemons over WebRTC. */
const LISTEN = ['/ip4/127.0.0.1/tcp/0', '/ip4/127.0.0.1/udp/0/webrtc-direct']

export class SwarmRig {
  readonly network: NetworkRig
  readonly pages: PageRig
  readonly bootstrap: DaemonProcess
  readonly origin: DaemonProcess
  readonly edge: DaemonProcess
  readonly title: Published
  /** Of the title's segments, in order. */
  readonly hashes: string[]
  readonly #open: PageUnderTest[] = []

  private constructor (parts: Pick<SwarmRig,
    'network' | 'pages' | 'bootstrap' | 'origin' | 'edge' | 'title' | 'hashes'>) {
    this.network = parts.network
    this.pages = parts.pages
    this.bootstrap = parts.bootstrap
    this.origin = parts.origin
    this.edge = parts.edge
    this.title = parts.title
    this.hashes = parts.hashes
  }

  /** `settings` are the bootstrap's. */
  static async open (settings: Settings = {}): Promise<SwarmRig> {
    const network = await NetworkRig.open({ listen: LISTEN })
    try {
      const bootstrap = await network.start('bootstrap', 'bootstrap', settings)
      const origin = await network.start('origin')
      const edge = await network.start('edge')
      const path = await makeTone(network.folder, 'tone.wav', SECONDS)
      const title = await network.publish(origin, { path, segment: '2s', bitrates: [RENDITION] })
      const files = await servedTitle(origin, title)
      const hashes = [...files].filter(([name]) => name.endsWith('.m4s'))
        .map(([, file]) => file.sha256)
      const pages = await PageRig.open()
      return new SwarmRig({ network, pages, bootstrap, origin, edge, title, hashes })
    } catch (err) {
      await network.close()
      throw err
    }
  }

  async close (): Promise<void> {
    await this.pages.close()
    await this.network.close()
  }

  /** A listener that knows the edge and the bootstrap, and has met nobody. */
  async listener (more: Partial<PageNodeInit> = {}): Promise<PageUnderTest> {
    const page = await this.pages.page()
    await this.start(page, more)
    return page
  }

  /** Makes a page a listener. */
  async start (page: PageUnderTest, more: Partial<PageNodeInit> = {}): Promise<void> {
    this.#open.push(page)
    await page.open({
      bases: [gatewayOf(this.edge)], bootstrap: [gatewayOf(this.bootstrap)], ...more
    })
  }

  /** The hashes of segments as a page got them, which must be those of {@link hashes}. */
  async play (page: PageUnderTest, from = 0, to = this.hashes.length): Promise<string[]> {
    return await page.play(this.title.id, RENDITION, from, to)
  }

  /** Closes the pages of one test. */
  async leaveAll (): Promise<void> {
    await Promise.all(this.#open.splice(0).map(async page => { await page.close() }))
  }
}
