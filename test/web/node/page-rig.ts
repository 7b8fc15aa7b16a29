/**
 * Pages in Chromium, each a node of its own, beside real daemons.
 * in: what the page's script is. out: pages to drive from a test, served from this machine.
 */

import { createServer, type Server } from 'node:http'
import { basename, join } from 'node:path'
import { build } from 'esbuild'
import type { BrowserContext, Page } from 'playwright-core'
import { ROOT } from '../../house/source-files.ts'
import { type ServedToBrowser, servedToBrowser } from '../served-to-browser.ts'
import type { PageApi } from './page-api.ts'

/** A page's node as the test sees it. */
export type PageUnderTest = { [K in keyof PageApi]: (...args: Parameters<PageApi[K]>) =>
  Promise<Awaited<ReturnType<PageApi[K]>>> } & {
    page: Page
    /** What the console said that was an error or a warning, and exceptions. */
    complaints: string[]
    close (): Promise<void>
  }

export class PageRig {
  readonly #served: ServedToBrowser

  private constructor (served: ServedToBrowser) {
    this.#served = served
  }

  static async open (entry = join(import.meta.dirname, 'page-api.ts')): Promise<PageRig> {
    const script = `/${basename(entry, '.ts')}.js`
    return new PageRig(await servedToBrowser(serving(await bundled(entry), script)))
  }

  get url (): string { return this.#served.url }

  async close (): Promise<void> {
    await this.#served.close()
  }

  /** A listener of its own: nothing is shared with other contexts. */
  async context (): Promise<BrowserContext> {
    return await this.#served.browser.newContext()
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
