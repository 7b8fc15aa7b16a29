import { basename } from 'node:path'
import { gzipSync } from 'node:zlib'
import { expect } from 'chai'
import { build, type Metafile, type OutputFile } from 'esbuild'
import { pageBundles } from '../../../daemon/web-page.ts'

const MOST_BYTES = 220_000
/** Before the first segment nothing else is needed. */
const MOST_FIRST_BYTES = 110_000

describe('web/player, bundled', function () {
  this.timeout(60_000)
  let files: OutputFile[]
  let outputs: Metafile['outputs']

  before(async () => {
    const [options] = pageBundles('player')
    const made = await build({ ...options!, write: false, metafile: true })
    files = made.outputFiles
    ;({ outputs } = made.metafile)
  })

  /** Scripts that are loaded with one, by their names without hashes. */
  function loadedWith (stage: string): string[] {
    const seen = new Set<string>()
    const walk = (path: string): void => {
      if (seen.has(path)) return
      seen.add(path)
      for (const { path: next, kind } of outputs[path]!.imports) {
        if (kind === 'import-statement') walk(next)
      }
    }
    walk(Object.keys(outputs).find(path => basename(path).startsWith(stage))!)
    return [...seen]
  }
  const packed = (paths: string[]): number => paths.reduce((sum, path) => {
    const file = files.find(one => basename(one.path) === basename(path))!
    return sum + gzipSync(file.contents).byteLength
  }, 0)
  const packagesIn = (paths: string[]): string =>
    paths.flatMap(path => Object.keys(outputs[path]!.inputs)).join('\n')

  it('weighs no more than it may, hls.js aside', () => {
    const all = Object.keys(outputs).filter(path => !basename(path).startsWith('hls'))
    console.log(`      ${packed(all)} bytes packed`)
    expect(packed(all)).to.be.at.most(MOST_BYTES)
  })

  it('loads what the first segment needs without libp2p', () => {
    const first = [...new Set([...loadedWith('cdnd-player'), ...loadedWith('node-parts')])]
    expect(packed(first)).to.be.at.most(MOST_FIRST_BYTES)
    expect(packagesIn(first)).not.to.match(/node_modules\/(libp2p|@libp2p\/webrtc|hls\.js)\//)
    expect(packagesIn(loadedWith('join-swarm'))).to.match(/node_modules\/libp2p\//)
  })

  it('needs nothing that is not in it', () => {
    for (const { imports } of Object.values(outputs)) {
      expect(imports.filter(({ external }) => external === true)).to.deep.equal([])
    }
  })
})
