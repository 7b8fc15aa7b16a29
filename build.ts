/**
 * Makes `dist/`: what an installed package runs.
 * in: the source. out: the program as one script, a command that runs it for each of its names, with
 * source maps; the pages of `web/`, each with its script in one; the notices of everything bundled.
 *
 *   npm run build
 *
 * Packages with native parts stay outside: they find those beside themselves.
 */

import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { cp, mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { build, type BuildOptions, type Metafile } from 'esbuild'
import { PAGE_NAMES, type PageName, pageBundles, STATIC_FILES } from './daemon/web-page.ts'

const ROOT = import.meta.dirname
const OUT = join(ROOT, 'dist')
const NATIVE = ['classic-level', 'node-datachannel']
/** Bundles pages from a checkout, and is not needed where they are bundled already. */
const BUNDLER = ['esbuild']
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
const inputs = [...metafiles, ...pages].flatMap(one => Object.keys(one.inputs))
const packages = new Set(inputs.flatMap(packageFolder))
await writeFile(join(OUT, NOTICES), [...packages].sort().map(notice).join('\n'))
const files = metafiles.flatMap(one => Object.keys(one.outputs))
console.log(`dist: ${files.length} files, ${packages.size} packages bundled`)

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
