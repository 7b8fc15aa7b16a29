/**
 * A site with a player on it, in Chromium.
 * in: the player, where its pages meet. out: pages of listeners, each with a browser profile of
 * its own.
 */

import { createServer, type Server } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { basename, extname } from 'node:path'
import { type Browser, chromium } from 'playwright-core'
import { Listener, type ListenerInit } from './listener.ts'
import { type PlayerName, type PlayerScripts, playerScripts } from './player-scripts.ts'

/** Debian's. It is root's own browser here, which has no sandbox. */
const LAUNCH = {
  executablePath: '/usr/bin/chromium',
  args: [
    '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-dev-shm-usage',
    '--disable-background-networking', '--disable-component-update', '--disable-sync',
    '--disable-features=WebRtcHideLocalIpsWithMdns', '--autoplay-policy=no-user-gesture-required',
    // A page that nobody looks at is played by somebody who listens.
    '--disable-background-timer-throttling', '--disable-renderer-backgrounding',
    '--disable-backgrounding-occluded-windows', '--enable-precise-memory-info'
  ],
  // The benchmark ends it, and then goes on to end the rest.
  handleSIGINT: false, handleSIGTERM: false, handleSIGHUP: false
}

export class ListeningSite {
  readonly #server: Server
  readonly #browser: Browser
  readonly #url: string
  readonly #listeners: ListenerInit

  private constructor (server: Server, browser: Browser, listeners: ListenerInit) {
    this.#server = server
    this.#browser = browser
    this.#url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    this.#listeners = listeners
  }

  static async open (player: PlayerName, listeners: ListenerInit): Promise<ListeningSite> {
    const honest = await playerScripts(player)
    const liar = await playerScripts(player, true)
    const server = serving({ honest, liar }, JSON.stringify({ bootstraps: listeners.bootstraps }))
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    try {
      return new ListeningSite(server, await chromium.launch(LAUNCH), listeners)
    } catch (err) {
      server.close()
      throw err
    }
  }

  /** A page that is loaded and plays nothing yet. */
  async listener (options: { isLiar?: boolean } = {}): Promise<Listener> {
    const context = await this.#browser.newContext()
    const { isLiar = false } = options
    const url = `${this.#url}/${isLiar ? 'liar' : 'honest'}/`
    return await Listener.open(context, url, { ...this.#listeners, isLiar })
  }

  async close (): Promise<void> {
    await this.#browser.close()
    this.#server.closeAllConnections()
    this.#server.close()
  }
}

function serving (scripts: Record<string, PlayerScripts>, places: string): Server {
  const html = '<!doctype html><title>A site</title>' +
    '<video id="media" muted controls width="640" height="360"></video>' +
    `<script id="places" type="application/json">${places}</script>` +
    '<script type="module" src="index.js"></script>'
  return createServer(({ url = '/' }, response) => {
    const [, folder = '', name = ''] = url.split('/')
    const script = scripts[folder]?.files.get(basename(name))
    const isPage = name === '' && folder in scripts
    // Such as the icon that browsers ask for.
    if (!isPage && script == null) response.statusCode = 204
    response.setHeader('content-type', extname(name) === '.js' ? 'text/javascript' : 'text/html')
    response.end(isPage ? html : script)
  })
}
