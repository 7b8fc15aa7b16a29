/**
 * Makes `dist/`: what an installed package runs.
 * in: the source. out: one bundle for each command, split where the program loads late, with source
 * maps; the pages of `web/`, each with its script in one; the notices of everything bundled.
 *
 *   npm run build
 *
 * Packages with native parts stay outside: they find those beside themselves.
 */

import { readdirSync, readFileSync } from 'node:fs'
import { cp, mkdir, rm, writeFile } from 'node:fs/promises'
import { isBuiltin } from 'node:module'
import { join } from 'node:path'
import { build, type Metafile, type Plugin } from 'esbuild'
import { PAGE_NAMES, pageBundle } from './bootstrap/web-page.ts'

const ROOT = import.meta.dirname
const OUT = join(ROOT, 'dist')
const NATIVE = ['classic-level', 'node-datachannel']
/** Bundles pages from a checkout, and is not needed where they are bundled already. */
const BUNDLER = ['esbuild']
const NOTICES = 'THIRD-PARTY-NOTICES.txt'
const NOTICE_FILE = /^(licen[sc]e|copying|notice)/i

/** CommonJS in an ES module's file: what it calls by these names. */
const COMMONJS = `
import { createRequire as cdndCreateRequire } from 'node:module'
const require = cdndCreateRequire(import.meta.url)
const __filename = import.meta.filename
const __dirname = import.meta.dirname
`.trim().replaceAll('\n', ';')

/**
 * Node's own modules as CommonJS. An `import` of one reads all it exports, also what is loaded when
 * first read, such as undici by `node:http`: docs/decisions/footprint.md.
 */
const BUILTINS: Plugin = {
  name: 'builtins',
  setup (bundler) {
    bundler.onResolve({ filter: /^[^.]/ }, ({ path, kind }) =>
      kind === 'import-statement' && isBuiltin(path) ? { path, namespace: 'builtin' } : undefined)
    bundler.onLoad({ filter: /.*/, namespace: 'builtin' }, ({ path }) =>
      ({ contents: `module.exports = process.getBuiltinModule(${JSON.stringify(path)})` }))
  }
}

await rm(OUT, { recursive: true, force: true })
const { metafile } = await build({
  absWorkingDir: ROOT,
  entryPoints: ['cli/cdnd.ts', 'cli/cdn-cli.ts'],
  outdir: OUT,
  outbase: ROOT,
  bundle: true,
  splitting: true,
  chunkNames: 'chunks/[name]-[hash]',
  format: 'esm',
  platform: 'node',
  target: 'node24',
  // Names stay, because errors and logs are matched by theirs.
  minifyWhitespace: true,
  minifySyntax: true,
  keepNames: false,
  sourcemap: 'linked',
  sourcesContent: false,
  legalComments: 'none',
  external: [...NATIVE, ...BUNDLER],
  plugins: [BUILTINS],
  banner: { js: COMMONJS },
  metafile: true,
  logLevel: 'warning'
})
const pages = await Promise.all(PAGE_NAMES.map(buildPage))
const inputs = [metafile, ...pages].flatMap(one => Object.keys(one.inputs))
const packages = new Set(inputs.flatMap(packageFolder))
await writeFile(join(OUT, NOTICES), [...packages].sort().map(notice).join('\n'))
console.log(`dist: ${Object.keys(metafile.outputs).length} files, ${packages.size} packages bundled`)

async function buildPage (name: string): Promise<Metafile> {
  const from = join(ROOT, 'web', name)
  const to = join(OUT, 'web', name)
  await mkdir(to, { recursive: true })
  for (const file of ['index.html', 'style.css']) await cp(join(from, file), join(to, file))
  const { metafile } = await build({
    ...pageBundle(from), absWorkingDir: ROOT, outfile: join(to, 'main.js'), metafile: true
  })
  return metafile
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
