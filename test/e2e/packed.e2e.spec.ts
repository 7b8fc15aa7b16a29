/**
 * The package as others get it: packed, installed elsewhere by npm, and run from there.
 */

import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect } from 'chai'
import { build } from 'esbuild'
import { VERSION } from '../../protocols/version.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const INSTALL_TIMEOUT_MS = 300_000

/**
 * `@libp2p/webrtc` depends on react-native-webrtc, and that on the whole of React Native as a peer,
 * which no Node program uses: 260 packages and 245 MB without peers, 913 and 486 MB with them.
 */
const INSTALL = [
  'install', '--omit=dev', '--omit=peer', '--prefer-offline', '--no-audit', '--no-fund'
]

/** More would mean that the phone and browser packages are back. */
const MAX_PACKAGES = 320

const run = promisify(execFile)

describe('e2e/packed', function () {
  this.timeout(INSTALL_TIMEOUT_MS)
  let folder: string
  let packed: string[]
  let installed: string

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'cdnd-packed-'))
    const { stdout } = await run('npm', ['pack', '--json', '--pack-destination', folder], {
      cwd: ROOT, env: plainEnvironment()
    })
    const [{ filename, files }] = JSON.parse(stdout.slice(stdout.indexOf('[\n')))
    packed = files.map(({ path }: { path: string }) => path)
    await writeFile(join(folder, 'package.json'), '{ "name": "elsewhere", "private": true }')
    const args = [...INSTALL, `./${filename}`]
    installed = (await run('npm', args, { cwd: folder, env: plainEnvironment() })).stdout
  })

  after(() => rm(folder, { recursive: true, force: true }))

  it('holds the launchers, built code and documents, and nothing else', () => {
    expect(packed).to.include.members([
      'bin/cdnd.js', 'bin/cdn-cli.js', 'dist/cli/cdnd.js', 'dist/cli/program.cjs',
      'dist/THIRD-PARTY-NOTICES.txt', 'dist/web/topology/main.js', 'dist/web/listen/main.js',
      'dist/web/player/cdnd-player.js', 'dist/web/player/cdnd-worker.js', 'LICENSE'
    ])
    const expected = /^(bin|dist|docs)\/|^(LICENSE|README\.md|package\.json)$/
    expect(packed.filter(path => !expected.test(path))).to.deep.equal([])
    expect(packed.filter(path => /(?<!\.d)\.ts$/.test(path))).to.deep.equal([])
  })

  it('gives pages a player, with types, as docs/player.md says to use it', async () => {
    const guide = await readFile(join(ROOT, 'docs', 'player.md'), 'utf8')
    const [snippet = ''] = [...guide.matchAll(/```ts\n(.*?)```/gs)].map(([, code]) => code!)
    const page = snippet.replace("querySelector('audio')", '$&!')
    expect(page).to.include("from 'cdnd/player'")
    const wrong = "createPlayer({ maxPeers: 'many' })"
    await writeFile(join(folder, 'page.ts'), `${page}\n// @ts-expect-error: a number\n${wrong}\n`)
    await run(process.execPath, [
      join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc'), '--noEmit', '--strict',
      '--skipLibCheck', '--target', 'es2022', '--module', 'esnext', '--moduleResolution', 'bundler',
      '--types', '', 'page.ts'
    ], { cwd: folder }).catch(({ stdout }) => { throw new Error(String(stdout)) })
    const { errors } = await build({
      absWorkingDir: folder,
      entryPoints: ['page.ts'],
      bundle: true,
      splitting: true,
      format: 'esm',
      platform: 'browser',
      outdir: 'page',
      logLevel: 'silent'
    })
    expect(errors).to.deep.equal([])
    expect(await readdir(join(folder, 'page'))).to.satisfy((files: string[]) =>
      files.some(file => file.startsWith('join-swarm')))
  })

  it('brings few packages along', () => {
    const count = Number(/added (\d+) packages/.exec(installed)?.[1])
    expect(count).to.be.within(50, MAX_PACKAGES)
    expect(existsSync(join(folder, 'node_modules', 'react-native'))).to.equal(false)
  })

  it('runs both commands', async () => {
    const env = onNode24()
    const daemon = await run(bin(folder, 'cdnd'), ['--version'], { env })
    expect(daemon.stdout).to.equal(`${VERSION}\n`)
    const cli = await run(bin(folder, 'cdn-cli'), ['version', '--json'], { env })
    expect(JSON.parse(cli.stdout)).to.include({ cdnd: VERSION, node: process.version })
  })

  it('runs a peer that answers at its gateway and ends when it is asked to', async () => {
    const data = join(folder, 'data')
    const env = onNode24()
    const ports = ['--gateway-port', '0', '--control-port', '0']
    const listen = ['--listen', '/ip4/127.0.0.1/tcp/0', ...ports]
    const peer = spawn(bin(folder, 'cdnd'), ['peer', '--data', data, ...listen], { env })
    try {
      const { gateway } = await untilReady(peer)
      const answer = await fetch(`${gateway}/health`)
      expect(await answer.json()).to.include({ status: 'ok', role: 'peer', version: VERSION })
      const args = ['--data', data, 'status', '--json']
      const status = await run(bin(folder, 'cdn-cli'), args, { env })
      expect(JSON.parse(status.stdout)).to.include({ role: 'peer', gateway })
    } finally {
      peer.kill('SIGTERM')
    }
    expect((await once(peer, 'exit'))[0]).to.equal(0)
    expect(await readdir(data)).not.to.include('control.json')
  })
})

function bin (folder: string, name: string): string {
  return join(folder, 'node_modules', '.bin', name)
}

/** What npm tells its scripts must not reach an npm of another folder. */
function plainEnvironment (): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^npm_/i.test(name)))
}

function onNode24 (): NodeJS.ProcessEnv {
  return { ...plainEnvironment(), CDND_NODE: process.execPath }
}

/** The `key=value` pairs of the ready line. */
async function untilReady (child: ChildProcess): Promise<Record<string, string>> {
  let stderr = ''
  child.stderr?.on('data', chunk => { stderr += String(chunk) })
  for await (const line of createInterface({ input: child.stdout! })) {
    if (!line.startsWith('cdnd peer ready ')) continue
    const pairs = line.split(' ').slice(3)
    return Object.fromEntries(pairs.map(pair => pair.split(/=(.*)/s).slice(0, 2)))
  }
  throw new Error(`the peer ended before it was ready: ${stderr}`)
}
