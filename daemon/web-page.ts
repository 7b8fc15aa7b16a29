/**
 * A page of ours as browsers get it. in: its folder in `web/`: index.html, style.css, main.ts.
 * out: its files; from a checkout the scripts are bundled at the first request, as `npm run build`
 * does it for `dist/`.
 */

import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { basename, extname, join } from 'node:path'
import type { BuildOptions } from 'esbuild'

export interface PageFile {
  bytes: Uint8Array
  type: string
  etag: string
}

/** Beside the folder of this file, in the source as in `dist/`. */
const WEB = join(import.meta.dirname, '..', 'web')
/** Folders of `web/`. */
export const PAGE_NAMES = ['dashboard', 'topology', 'listen', 'player'] as const
export type PageName = typeof PAGE_NAMES[number]

const TYPES: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8'
}
/** Files of a folder that are given as they are. */
export const STATIC_FILES = ['index.html', 'style.css']
const SERVED = /^[a-zA-Z0-9][a-zA-Z0-9.-]*\.(?:html|css|js)$/
const ETAG_LENGTH = 22

/** What a page does without, or with less: {@link WEB}/left-out. */
const leftOut = (name: string, file: string): Record<string, string> =>
  ({ [name]: join(WEB, 'left-out', `${file}.ts`) })

/** Files that their packages import by their place. */
const LEFT_OUT_FILES = [
  [/multiformats\/dist\/src\/bases\/base256emoji\.js$/, 'base256emoji.ts'],
  [/zod\/v4\/locales\/en\.js$/, 'english.ts'],
  [/@libp2p\/crypto\/dist\/src\/keys\/(?:rsa|ecdsa)\/(?:utils|der)\.js$/, 'other-keys.ts']
] as const

const BUNDLE = {
  outdir: WEB,
  entryNames: '[name]',
  chunkNames: '[name]-[hash]',
  bundle: true,
  splitting: true,
  minify: true,
  format: 'esm',
  platform: 'browser',
  target: 'es2022',
  alias: {
    // Titles have no subtitles, keys or tracks beside their renditions.
    'hls.js': 'hls.js/light',
    ...leftOut('@libp2p/logger', 'logger'),
    ...leftOut('@multiformats/dns', 'dns'),
    ...leftOut('@noble/curves/secp256k1.js', 'secp256k1'),
    ...leftOut('lru-cache', 'lru-cache'),
    ...leftOut('netmask', 'netmask'),
    ...leftOut('p-queue', 'p-queue')
  },
  plugins: [{
    name: 'left-out',
    setup: ({ onLoad }) => {
      for (const [filter, file] of LEFT_OUT_FILES) {
        onLoad({ filter }, async () =>
          ({ contents: await readFile(join(WEB, 'left-out', file)), loader: 'ts' }))
      }
    }
  }],
  legalComments: 'none',
  logLevel: 'silent'
} satisfies BuildOptions

/** What a folder's scripts are made from, where it is not its main.ts. */
const SCRIPTS: Partial<Record<PageName, Array<{ entry: string } & BuildOptions>>> = {
  player: [
    { entry: 'player/cdnd-player.ts' },
    // A service worker is one file, of a kind that `importScripts` takes.
    { entry: 'worker/cdnd-worker.ts', splitting: false, format: 'iife' }
  ]
}

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
  readonly #name: PageName
  readonly #files = new Map<string, Promise<PageFile | undefined>>()
  #scripts: Promise<Map<string, Uint8Array>> | undefined

  constructor (name: PageName) {
    this.#name = name
  }

  /** Read once; again when that failed. Undefined: the page has no file of that name. */
  async file (name: string): Promise<PageFile | undefined> {
    if (!SERVED.test(name)) return undefined
    const file = this.#files.get(name) ?? this.#load(name)
    this.#files.set(name, file)
    const forget = (): void => { this.#files.delete(name) }
    // What is not there is not remembered: anybody may ask for anything.
    file.then(found => { if (found == null) forget() }, forget)
    return await file
  }

  async #load (name: string): Promise<PageFile | undefined> {
    const bytes = await this.#read(name) ?? await this.#script(name)
    if (bytes == null) return undefined
    const hash = createHash('sha256').update(bytes).digest('base64url').slice(0, ETAG_LENGTH)
    return { bytes, type: TYPES[extname(name)]!, etag: `"${hash}"` }
  }

  /** As it lies in the folder; scripts do in `dist/` only. */
  async #read (name: string): Promise<Uint8Array | undefined> {
    try {
      return await readFile(join(WEB, this.#name, name))
    } catch (err) {
      if ((err as NodeJS.ErrnoException).code === 'ENOENT') return undefined
      throw err
    }
  }

  async #script (name: string): Promise<Uint8Array | undefined> {
    if (extname(name) !== '.js' || isBuilt()) return undefined
    this.#scripts ??= bundled(this.#name)
    this.#scripts.catch(() => { this.#scripts = undefined })
    return (await this.#scripts).get(name)
  }
}

/** How the scripts of a folder of `web/` are bundled: what is imported late comes in a file. */
export const pageBundles = (name: PageName): BuildOptions[] =>
  (SCRIPTS[name] ?? [{ entry: `${name}/main.ts` }]).map(({ entry, ...options }) =>
    ({ ...BUNDLE, entryPoints: [join(WEB, entry)], ...options }))

/** The program is one script, and its pages are bundled already. */
const isBuilt = (): boolean => extname(import.meta.filename) !== '.ts'

async function bundled (name: PageName): Promise<Map<string, Uint8Array>> {
  const { build } = await import('esbuild')
  const made = await Promise.all(pageBundles(name).map(async options =>
    await build({ ...options, write: false })))
  return new Map(made.flatMap(({ outputFiles = [] }) =>
    outputFiles.map(({ path, contents }) => [basename(path), contents])))
}
