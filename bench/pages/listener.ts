/**
 * A listener's page, as seen from outside.
 * in: a browser profile and a page with a player. out: what it plays and hears, the bytes servers
 * sent it, its memory and complaints.
 */

import { setTimeout as sleep } from 'node:timers/promises'
import type { BrowserContext, CDPSession, Page } from 'playwright-core'
import type { ListenerOnPage, PageState } from './page-api.ts'
import type { TitleFiles } from './servers.ts'

export interface ListenerInit {
  title: TitleFiles
  /** URLs of edge and origin. */
  servers: string[]
  bootstraps: string[]
  torrentTrackers: string[]
  /** Ends every wait. */
  signal: AbortSignal
}

interface Globals { listener: ListenerOnPage }

const LOOK_MS = 250
const READY_MS = 30_000

export class Listener {
  /** What the console said that was an error, and exceptions. */
  readonly complaints: string[] = []
  readonly #page: Page
  readonly #devTools: CDPSession
  readonly #init: ListenerInit & { isLiar: boolean }
  /** Bodies of what servers answered. */
  #httpBytes = 0

  private constructor (
    page: Page, devTools: CDPSession, init: ListenerInit & { isLiar: boolean }
  ) {
    this.#page = page
    this.#devTools = devTools
    this.#init = init
    page.on('console', message => {
      if (message.type() === 'error') this.complaints.push(message.text())
    })
    page.on('pageerror', err => { this.complaints.push(String(err)) })
    this.#countHttp()
  }

  static async open (
    context: BrowserContext, url: string, init: ListenerInit & { isLiar: boolean }
  ): Promise<Listener> {
    const page = await context.newPage()
    const devTools = await context.newCDPSession(page)
    await devTools.send('Network.enable')
    await devTools.send('Performance.enable')
    const listener = new Listener(page, devTools, init)
    await page.goto(url)
    await page.waitForFunction(() => 'listener' in globalThis, undefined, { timeout: READY_MS })
    return listener
  }

  get httpBytes (): number { return this.#httpBytes }

  /** Presses play. */
  async play (): Promise<void> {
    const { title: { url, segmentBytes }, bootstraps, torrentTrackers, isLiar } = this.#init
    await this.#page.evaluate(async init => {
      await (globalThis as unknown as Globals).listener.play(init)
    }, { url, segmentBytes, bootstraps, torrentTrackers, isLiar })
  }

  async read (): Promise<PageState> {
    return await this.#page.evaluate(() => (globalThis as unknown as Globals).listener.read())
  }

  /** False when it is not so after `timeoutMs`. @throws what the run was ended with */
  async until (isSo: (state: PageState) => boolean, timeoutMs: number): Promise<boolean> {
    const endMs = performance.now() + timeoutMs
    while (!isSo(await this.read())) {
      if (performance.now() > endMs) return false
      await sleep(LOOK_MS, undefined, { signal: this.#init.signal })
    }
    return true
  }

  /** Ends playback; the page stays. */
  async leave (): Promise<void> {
    await this.#page.evaluate(() => (globalThis as unknown as Globals).listener.leave())
  }

  /** Of JavaScript, with garbage collected before. */
  async heapBytes (): Promise<number> {
    await this.#devTools.send('HeapProfiler.collectGarbage')
    const { metrics } = await this.#devTools.send('Performance.getMetrics')
    return metrics.find(({ name }) => name === 'JSHeapUsedSize')?.value ?? Number.NaN
  }

  /** As a tab is closed by whoever has heard enough. */
  async close (): Promise<void> {
    await this.#page.context().close()
  }

  #countHttp (): void {
    const theirs = new Set<string>()
    this.#devTools.on('Network.requestWillBeSent', ({ requestId, request }) => {
      if (this.#init.servers.includes(new URL(request.url).origin)) theirs.add(requestId)
    })
    this.#devTools.on('Network.dataReceived', ({ requestId, dataLength }) => {
      if (theirs.has(requestId)) this.#httpBytes += dataLength
    })
  }
}
