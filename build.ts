/**
 * Makes `dist/`: what an installed package runs.
 * in: the source. out: the program as one script, a command that runs it for each of its names, with
 * source maps; the pages of `web/`; the player as a package, with types, and as one script; the
 * notices of everything bundled.
 *
 *   npm run build
 *
 * Packages with native parts stay outside: they find those beside themselves.
 */

import { execFile } from 'node:child_process'
import { existsSync, globSync, readdirSync, readFileSync } from 'node:fs'
import { cp, mkdir, rm, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { promisify } from 'node:util'
import { gzipSync } from 'node:zlib'
import { build, type BuildOptions, type Metafile } from 'esbuild'
import { PAGE_NAMES, type PageName, pageBundles, STATIC_FILES } from './daemon/web-page.ts'

const ROOT = import.meta.dirname
const OUT = join(ROOT, 'dist')
const NATIVE = ['classic-level', 'node-datachannel']
/** Bundles pages from a checkout, and is not needed where they are bundled already. */
const BUNDLER = ['esbuild']
const TYPES = join(OUT, 'types')
/** `'./a.ts'` in a declaration, from which compilers look for `a.d.ts` only when it is `a.js`. */
const IMPORTED = /(?<=from '|import\(")(\.[^'"]+)\.ts(?=['"])/g
/** The player's parts in the order in which a page loads them. */
const ORDER = ['index', 'node-parts', 'join-swarm']
const NOTICES = 'THIRD-PARTY-NOTICES.txt'
const NOTICE_FILE = /^(licen[sc]e|copying|notice)/i

/** One script, which a command compiles with what it kept: cli/bundle/command.ts. */
const SCRIPT = {
  entryPoints: ['cli/bundle/program.ts'],
  outfile: join(OUT, 'cli', 'program.cjs'),
  format: 'cjs',
  external: [...NATIVE, ...BUNDLER],
  banner: {
    js: '(function (exports, require, module, __filename, __dirname) {"use strict";' +
      'const cdndUrl = require("node:url").pathToFileURL(__filename).href'
  },
  footer: { js: '})' },
  define: {
    'import.meta.url': 'cdndUrl',
    'import.meta.filename': '__filename',
    'import.meta.dirname': '__dirname',
    'import.meta.main': 'false'
  }
} satisfies BuildOptions

const COMMANDS = {
  entryPoints: ['cdnd', 'cdn-cli'].map(out => ({ in: 'cli/bundle/command.ts', out })),
  outdir: join(OUT, 'cli'),
  format: 'esm'
} satisfies BuildOptions

/** `cdnd/player`. hls.js stays outside: a site that has it already loads it once. */
const { alias: { 'hls.js': _, ...alias } = {}, ...bundle } = pageBundles('player')[0]!
const PLAYER = {
  ...bundle,
  entryPoints: ['web/player/index.ts'],
  outdir: join(OUT, 'player'),
  alias,
  external: ['hls.js']
} satisfies BuildOptions

const COMMON = {
  absWorkingDir: ROOT,
  bundle: true,
  platform: 'node',
  target: 'node24',
  charset: 'ascii',
  // Names stay, because errors and logs are matched by theirs.
  minifyWhitespace: true,
  minifySyntax: true,
  keepNames: false,
  sourcemap: 'linked',
  sourcesContent: false,
  legalComments: 'none',
  metafile: true as const,
  logLevel: 'warning'
} satisfies BuildOptions

await rm(OUT, { recursive: true, force: true })
const made = await Promise.all([
  build({ ...COMMON, ...SCRIPT }), build({ ...COMMON, ...COMMANDS })
])
const metafiles = made.map(({ metafile }) => metafile)
const pages = (await Promise.all(PAGE_NAMES.map(buildPage))).flat()
const player = await build({ ...PLAYER, absWorkingDir: ROOT, metafile: true })
await declareTypes()
const inputs = [...metafiles, ...pages, player.metafile].flatMap(one => Object.keys(one.inputs))
const packages = new Set(inputs.flatMap(packageFolder))
await writeFile(join(OUT, NOTICES), [...packages].sort().map(notice).join('\n'))
const files = metafiles.flatMap(one => Object.keys(one.outputs))
console.log(`dist: ${files.length} files, ${packages.size} packages bundled`)
console.log(sizesOf(player.metafile).join('\n'))

async function buildPage (name: PageName): Promise<Metafile[]> {
  const to = join(OUT, 'web', name)
  await mkdir(to, { recursive: true })
  for (const file of STATIC_FILES) {
    const from = join(ROOT, 'web', name, file)
    if (existsSync(from)) await cp(from, join(to, file))
  }
  return await Promise.all(pageBundles(name).map(async options => {
    const { metafile } = await build({
      ...options, absWorkingDir: ROOT, outdir: to, metafile: true, logLevel: 'warning'
    })
    return metafile
  }))
}

/** What TypeScript knows of `cdnd/player`: the files its own leads to, beside each other. */
async function declareTypes (): Promise<void> {
  const tsc = join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc')
  await promisify(execFile)(process.execPath, [tsc, '-p', join(ROOT, 'tsconfig.player.json')])
  const kept = new Set<string>()
  const keep = (path: string): void => {
    if (kept.has(path)) return
    kept.add(path)
    for (const [, next] of readFileSync(path, 'utf8').matchAll(IMPORTED)) {
      keep(join(path, '..', `${next}.d.ts`))
    }
  }
  keep(join(TYPES, 'web', 'player', 'index.d.ts'))
  for (const path of globSync(join(TYPES, '**', '*.d.ts'))) {
    if (!kept.has(path)) await rm(path)
    else await writeFile(path, readFileSync(path, 'utf8').replaceAll(IMPORTED, '$1.js'))
  }
}

/** What a page loads of the player, and when: bytes packed by gzip. */
function sizesOf ({ outputs }: Metafile): string[] {
  const packed = (path: string): number => gzipSync(readFileSync(join(ROOT, path))).byteLength
  /** With all it imports at once. */
  const withImports = (path: string, seen: Set<string>): Set<string> => {
    if (seen.has(path)) return seen
    seen.add(path)
    for (const { path: next, kind } of outputs[path]?.imports ?? []) {
      if (kind === 'import-statement' && next in outputs) withImports(next, seen)
    }
    return seen
  }
  const loaded = new Set<string>()
  const late = Object.keys(outputs).filter(path => outputs[path]!.entryPoint != null)
    .sort((a, b) => ORDER.indexOf(stageOf(a)) - ORDER.indexOf(stageOf(b)))
  const lines = late.map(path => {
    const fresh = [...withImports(path, new Set())].filter(one => !loaded.has(one))
    for (const one of fresh) loaded.add(one)
    return [stageOf(path), fresh.reduce((sum, one) => sum + packed(one), 0)] as const
  })
  const all = lines.reduce((sum, [, bytes]) => sum + bytes, 0)
  return [...lines, ['all of the player', all] as const]
    .map(([name, bytes]) => `player: ${name} ${(bytes / 1000).toFixed(1)} kB gzip`)
}

/** `dist/player/node-parts-ABCDEFGH.js` → `node-parts` */
function stageOf (path: string): string {
  return basename(path, '.js').replace(/-[A-Z0-9]{8}$/, '')
}

/** `node_modules/@a/b/src/c.js` → [`node_modules/@a/b`] */
function packageFolder (path: string): string[] {
  const at = path.lastIndexOf('node_modules/')
  if (at === -1) return []
  const [scope = '', name = ''] = path.slice(at + 'node_modules/'.length).split('/')
  return [path.slice(0, at) + join('node_modules', scope, scope.startsWith('@') ? name : '')]
}

function notice (folder: string): string {
  const path = join(ROOT, folder)
  const { name, version, license } = JSON.parse(readFileSync(join(path, 'package.json'), 'utf8'))
  const texts = readdirSync(path).filter(file => NOTICE_FILE.test(file))
    .map(file => readFileSync(join(path, file), 'utf8').trim())
  return [`${'='.repeat(80)}`, `${name} ${version} (${license})`, '', ...texts, ''].join('\n')
}
