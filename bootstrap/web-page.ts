/**
 * A page of ours as browsers get it. in: its folder in `web/`: index.html, style.css, main.ts.
 * out: its files; from a checkout the script is bundled at the first request, as `npm run build`
 * does it for `dist/`.
 */

import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { BuildOptions } from 'esbuild'

export interface PageFile {
  bytes: Uint8Array
  type: string
  etag: string
}

/** Beside the folder of this file, in the source as in `dist/`. */
const WEB = join(import.meta.dirname, '..', 'web')
/** Folders of `web/`. */
export const PAGE_NAMES = ['topology'] as const
const TYPES = {
  'index.html': 'text/html; charset=utf-8',
  'style.css': 'text/css; charset=utf-8',
  'main.js': 'text/javascript; charset=utf-8'
}
const ETAG_LENGTH = 22

export type PageFileName = keyof typeof TYPES

/** A page loads what it is made of from where it came from, and nothing from elsewhere. */
export const PAGE_HEADERS = {
  'content-security-policy': [
    "default-src 'none'", "script-src 'self'", "connect-src 'self'", "img-src 'self' data:",
    // The drawing library brings a few rules of its own in an element.
    "style-src 'self' 'unsafe-inline'",
    "base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'"
  ].join('; '),
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cache-control': 'no-cache'
}

export class WebPage {
  readonly #folder: string
  readonly #files = new Map<PageFileName, Promise<PageFile>>()

  constructor (name: typeof PAGE_NAMES[number]) {
    this.#folder = join(WEB, name)
  }

  /** Read once; again when that failed. */
  async file (name: PageFileName): Promise<PageFile> {
    const file = this.#files.get(name) ?? this.#load(name)
    this.#files.set(name, file)
    file.catch(() => { this.#files.delete(name) })
    return await file
  }

  async #load (name: PageFileName): Promise<PageFile> {
    const bytes = name === 'main.js' ? await this.#script() : await this.#read(name)
    const hash = createHash('sha256').update(bytes).digest('base64url').slice(0, ETAG_LENGTH)
    return { bytes, type: TYPES[name], etag: `"${hash}"` }
  }

  async #script (): Promise<Uint8Array> {
    // Absent in a checkout.
    return await this.#read('main.js').catch(async () => await bundled(this.#folder))
  }

  async #read (name: string): Promise<Uint8Array> {
    return await readFile(join(this.#folder, name))
  }
}

/** How a page's script is bundled. */
export const pageBundle = (folder: string) => ({
  entryPoints: [join(folder, 'main.ts')],
  bundle: true,
  minify: true,
  format: 'esm',
  platform: 'browser',
  target: 'es2022',
  legalComments: 'none',
  logLevel: 'silent'
}) satisfies BuildOptions

async function bundled (folder: string): Promise<Uint8Array> {
  const { build } = await import('esbuild')
  const { outputFiles } = await build({ ...pageBundle(folder), write: false })
  return outputFiles[0]!.contents
}
