/**
 * The folders that a browser and the simulation run too: bundled for a browser, file by file, as a
 * page's build would do it.
 */

import { expect } from 'chai'
import { type BuildFailure, type BuildOptions, type BuildResult, build } from 'esbuild'
import { ROOT, type SourceFile, sourceFiles } from './source-files.ts'

const PROTOCOLS = 'protocols/{content,exchange,tracker,rtt}'
const DAEMON = 'daemon/{retrieval,routing,discovery}'

/** Globals that only Node has. */
const NODE_GLOBAL =
  /(?<![.\w'"#-])(?:Buffer|process|global|setImmediate|__dirname|__filename|require)\s*[.([]/

describe('house/browser-safe', function () {
  this.timeout(60_000)
  const files = sourceFiles(`{${PROTOCOLS},${DAEMON}}/**/*.ts`)

  it('finds the shared folders', () => {
    expect(files.length).to.be.greaterThan(5)
  })

  it('no shared file reaches a Node builtin', async () => {
    const entryPoints = files.map(({ path }) => path)
    expect(await unresolved({ entryPoints, outdir: 'out' })).to.deep.equal([])
  })

  it('no shared file uses a global of Node', () => {
    expect(files.flatMap(nodeGlobals)).to.deep.equal([])
  })

  it('no page reaches a Node builtin, or a file of ours that uses a global of Node', async () => {
    const entryPoints = sourceFiles('web/**/*.ts').map(({ path }) => path)
    const { unresolved, reached } = await bundled({ entryPoints, outdir: 'out' })
    expect(unresolved).to.deep.equal([])
    expect(reached.length).to.be.greaterThan(entryPoints.length)
    expect(reached.flatMap(path => sourceFiles(path)).flatMap(nodeGlobals)).to.deep.equal([])
  })
})

describe('house/browser-safe, on samples', function () {
  this.timeout(60_000)

  it('names the importer and the builtin, also when a package imports it', async () => {
    const contents = "import 'node:crypto'\nimport 'fluent-ffmpeg'"
    const stdin = { contents, resolveDir: ROOT, sourcefile: 'sample.ts' }
    const found = await unresolved({ stdin })
    expect(found).to.include('sample.ts:1: Could not resolve "node:crypto"')
    expect(found.join('\n')).to.match(/fluent-ffmpeg\S+: Could not resolve "child_process"/)
  })

  it('finds a global of Node, and lets a name or text that looks like one pass', () => {
    const used = ['const a = Buffer.from(b)', 'if (process.platform) {}']
    const text = [...used, 'this.process(a)', ' * process.env', "'Buffer.'"].join('\n')
    const found = used.map((line, index) => `a.ts:${index + 1}: ${line}`)
    expect(nodeGlobals({ path: 'a.ts', text })).to.deep.equal(found)
  })
})

/**
 * What the bundle cannot find in a browser, as `file:line: message`, and the files of ours that are
 * in it.
 */
async function bundled (
  options: BuildOptions
): Promise<{ unresolved: string[], reached: string[] }> {
  try {
    const { metafile } = await build({
      absWorkingDir: ROOT,
      bundle: true,
      write: false,
      platform: 'browser',
      format: 'esm',
      logLevel: 'silent',
      logLimit: 0,
      metafile: true,
      ...options
    }) as BuildResult<{ metafile: true }>
    const reached = Object.keys(metafile.inputs).filter(path => path.endsWith('.ts') &&
      !path.includes('node_modules/'))
    return { unresolved: [], reached }
  } catch (error) {
    const unresolved = (error as BuildFailure).errors
      .map(({ text, location }) => `${location?.file}:${location?.line}: ${text}`)
    return { unresolved, reached: [] }
  }
}

async function unresolved (options: BuildOptions): Promise<string[]> {
  return (await bundled(options)).unresolved
}

function nodeGlobals ({ path, text }: SourceFile): string[] {
  return text.split('\n')
    .map((line, index) => ({ line, place: `${path}:${index + 1}` }))
    .filter(({ line }) => NODE_GLOBAL.test(line) && !/^\s*(?:\*|\/[/*])/.test(line))
    .map(({ line, place }) => `${place}: ${line.trim()}`)
}
