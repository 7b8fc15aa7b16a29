/**
 * Pages in Chromium, each a node of its own, beside real daemons.
 * in: what the page's script is. out: pages to drive from a test, served from this machine.
 */

import { createServer, type Server } from 'node:http'
import { basename, join } from 'node:path'
import { build } from 'esbuild'
import {
  type Browser, type BrowserContext, chromium, type LaunchOptions, type Page
} from 'playwright-core'
import { ROOT } from '../../house/source-files.ts'
import type { PageApi } from './page-api.ts'

/** Debian's. It is root's own browser here, which has no sandbox. */
const LAUNCH: LaunchOptions = {
  executablePath: '/usr/bin/chromium',
  args: [
    '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-dev-shm-usage',
    '--disable-background-networking', '--disable-component-update', '--disable-sync',
    '--disable-features=WebRtcHideLocalIpsWithMdns'
  ]
}


/** A page's node as the test sees it. */
export type PageUnderTest = { [K in keyof PageApi]: (...args: Parameters<PageApi[K]>) =>
  Promise<Awaited<ReturnType<PageApi[K]>>> } & {
    page: Page
    /** What the console said that was an error or a warning, and exceptions. */
    complaints: string[]
    close (): Promise<void>
  }

export class PageRig {
  readonly url: string
  readonly #server: Server
  readonly #browser: Browser

  private constructor (server: Server, browser: Browser, url: string) {
    this.#server = server
    this.#browser = browser
    this.url = url
  }

  static async open (entry = join(import.meta.dirname, 'page-api.ts')): Promise<PageRig> {
    const script = `/${basename(entry, '.ts')}.js`
    const server = serving(await bundled(entry), script)
    await new Promise<void>(resolve => { server.listen(0, '127.0.0.1', resolve) })
    const { port } = server.address() as { port: number }
    try {
      const browser = await chromium.launch(LAUNCH)
      return new PageRig(server, browser, `http://127.0.0.1:${port}`)
    } catch (err) {
      server.close()
      throw err
    }
  }

  async close (): Promise<void> {
    await this.#browser.close()
    this.#server.closeAllConnections()
    await new Promise(resolve => { this.#server.close(resolve) })
  }

  /** A listener of its own: nothing is shared with other contexts. */
  async context (): Promise<BrowserContext> {
    return await this.#browser.newContext()
  }

  /** A page of a context, a new one unless given. */
  async page (context?: BrowserContext): Promise<PageUnderTest> {
    const page = await (context ?? await this.context()).newPage()
    const complaints: string[] = []
    page.on('console', message => {
      if (['error', 'warning'].includes(message.type())) complaints.push(message.text())
    })
    page.on('pageerror', err => { complaints.push(String(err)) })
    await page.goto(this.url)
    await page.waitForFunction(() => 'cdnd' in globalThis)
    const calls = new Proxy({}, {
      get: (_target, name: string) => async (...args: unknown[]) => await page.evaluate(
        async ([name, args]) => {
          const { cdnd } = globalThis as unknown as { cdnd: Record<string, CallableFunction> }
          return await cdnd[name]!(...args)
        }, [name, args] as const)
    }) as Record<string, unknown>
    const known: Record<string, unknown> = {
      page, complaints, close: async () => { await page.close({ runBeforeUnload: false }) }
    }
    return new Proxy(known, {
      // Not a promise, whoever asks.
      get: (_target, name: string) => name === 'then' ? undefined : known[name] ?? calls[name]
    }) as unknown as PageUnderTest
  }
}

/** Paths → scripts. */
async function bundled (entry: string): Promise<Map<string, Uint8Array>> {
  const { outputFiles } = await build({
    absWorkingDir: ROOT,
    entryPoints: [entry],
    bundle: true,
    splitting: true,
    write: false,
    format: 'esm',
    platform: 'browser',
    target: 'es2024',
    outdir: '/',
    logLevel: 'silent'
  })
  return new Map(outputFiles.map(({ path, contents }) => [path, contents]))
}

function serving (scripts: Map<string, Uint8Array>, main: string): Server {
  const html = `<!doctype html><title>A page</title><script type="module" src="${main}"></script>`
  return createServer(({ url = '/' }, response) => {
    const script = scripts.get(url)
    if (script == null && url !== '/') {
      response.writeHead(url === '/favicon.ico' ? 204 : 404).end()
      return
    }
    response.setHeader('content-type', script == null ? 'text/html' : 'text/javascript')
    response.end(script ?? html)
  })
}
