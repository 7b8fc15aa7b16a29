/**
 * cdn-cli as a process against a real bootstrap, origin and peer, with a real track.
 */

import { execFile } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect } from 'chai'
import { findFfmpeg } from '../../origin/index.ts'
import type { Role } from '../../protocols/exchange/index.ts'
import { DaemonProcess } from '../../testnet/daemon-process.ts'

const CLI = fileURLToPath(new URL('../../cli/cdn-cli.ts', import.meta.url))
const TRACK = fileURLToPath(new URL('../../assets/metal-madness.ogg', import.meta.url))
const UNKNOWN = 'bafyreib5hpcinhzzjlgwz3d4cd7s3yr2cx4ar7rptptmgvxqkzvgrkc7ce'

interface Outcome { code: number, stdout: string, stderr: string }

describe('cli/cdn-cli', function () {
  this.timeout(60_000)
  let folder: string
  let daemons: Record<'bootstrap' | 'origin' | 'peer', DaemonProcess>
  let id: string

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'cdn-cli-e2e-'))
    const bootstrap = daemon('bootstrap', [])
    await bootstrap.start()
    const addresses = bootstrap.ready.p2p!.split(',')
    daemons = { bootstrap, origin: daemon('origin', addresses), peer: daemon('peer', addresses) }
    await Promise.all([daemons.origin.start(), daemons.peer.start()])
    const { stdout } = await cli('origin', 'publish', TRACK, '--alias', 'track', '--json')
    id = JSON.parse(stdout).id
  })

  after(async () => {
    await Promise.all(Object.values(daemons).map(one => one.stop()))
    await rm(folder, { recursive: true, force: true })
  })

  const daemon = (role: Role, bootstrap: string[]): DaemonProcess => new DaemonProcess({
    name: role,
    role,
    folder: join(folder, role),
    config: {
      network: 'cli-e2e',
      bootstrap,
      listen: ['/ip4/127.0.0.1/tcp/0'],
      gateway: { host: '127.0.0.1', port: 0 },
      control: { port: 0 }
    }
  })

  const cli = (role: Role | undefined, ...args: string[]): Promise<Outcome> => {
    const data = role === undefined ? [] : ['--data', join(folder, role, 'data')]
    return new Promise(resolve => {
      const argv = [CLI, ...data, ...args]
      execFile(process.execPath, argv, { cwd: folder }, (error, stdout, stderr) => {
        resolve({ code: Number(error?.code ?? 0), stdout, stderr })
      })
    })
  }

  it('publishes at the origin, which then lists the title under its alias', async () => {
    expect(id).to.match(/^bafyrei/)
    const [title] = JSON.parse((await cli('origin', 'ls', '--json')).stdout)
    expect(title).to.include({ id, alias: 'track' })
    expect((await cli('origin', 'stat', 'track')).stdout).to.contain(id)
  })

  it('fetches the title through a peer into a file as long as the track, to 50 ms', async () => {
    const path = join(folder, 'track.m4a')
    const { code, stdout, stderr } = await cli('peer', 'fetch', id, '-o', path, '--json')
    expect([code, stderr]).to.deep.equal([0, ''])
    const { size, sources } = JSON.parse(stdout)
    expect((await stat(path)).size).to.equal(size)
    // What the peer had read ahead by the time it was asked for counts as local.
    expect(sources.local + sources.peer + sources.origin).to.be.within(0.99 * size, size)
    expect(sources.peer + sources.origin).to.be.greaterThan(0)
    expect(await secondsOf(path)).to.be.closeTo(await secondsOf(TRACK), 0.05)
  })

  it('finds the title by the origin’s alias, from another node', async () => {
    const { code } = await cli('peer', 'fetch', 'track', '-o', join(folder, 'by-alias.m4a'))
    expect(code).to.equal(0)
  })

  it('fetches one segment, and to standard output', async () => {
    const path = join(folder, 'segment')
    expect((await cli('peer', 'fetch', `${id}/128k/0`, '-o', path)).code).to.equal(0)
    const { stdout } = await cli('peer', 'fetch', `${id}/128k/0`, '-o', '-')
    expect(stdout.length).to.be.greaterThan(1000)
    expect((await readFile(path)).toString()).to.equal(stdout)
  })

  it('fetches without a daemon, by a node of its own that leaves nothing behind', async () => {
    const path = join(folder, 'alone.m4a')
    const before = await leftovers()
    const bootstrap = daemons.bootstrap.ready.p2p!
    const args = ['fetch', id, '--bootstrap', bootstrap, '--network', 'cli-e2e', '-o', path]
    const { code, stderr } = await cli(undefined, ...args)
    expect([code, stderr]).to.deep.equal([0, ''])
    expect(await readFile(path)).to.deep.equal(await readFile(join(folder, 'track.m4a')))
    expect(await leftovers()).to.deep.equal(before)
  })

  it('tells of the daemon and its peers', async () => {
    const status = JSON.parse((await cli('peer', 'status', '--json')).stdout)
    expect(status).to.include({ role: 'peer', network: 'cli-e2e', titles: 1, mismatches: 0 })
    const peers = JSON.parse((await cli('peer', 'peers', '--json')).stdout)
    expect(peers.map(({ peer }: { peer: string }) => peer)).to.include(daemons.origin.ready.peer)
    expect((await cli('peer', 'version')).stdout).to.match(/^daemon {2}\d/m)
  })

  it('pins, unpins, announces and removes a title', async () => {
    const listed = async () => JSON.parse((await cli('peer', 'ls', '--json')).stdout)
    expect((await cli('peer', 'pin', id)).code).to.equal(0)
    expect((await listed())[0]).to.include({ id, isPinned: true })
    expect((await cli('peer', 'unpin', id)).code).to.equal(0)
    expect((await listed())[0]).to.include({ id, isPinned: false })
    expect((await cli('peer', 'announce', id)).code).to.equal(0)
    expect((await cli('peer', 'rm', id)).code).to.equal(0)
    expect(await listed()).to.deep.equal([])
  })

  it('adds a file to the node under its CID, and gets it back by that', async () => {
    const file = join(folder, 'segment.bin')
    await writeFile(file, Buffer.alloc(5000, 7))
    const { cid } = JSON.parse((await cli('peer', 'announce', file, '--json')).stdout)
    const { code } = await cli('peer', 'fetch', cid, '-o', join(folder, 'again.bin'))
    expect(code).to.equal(0)
    expect(await readFile(join(folder, 'again.bin'))).to.deep.equal(await readFile(file))
  })

  it('says what is wrong in one line, with an exit code for each kind', async () => {
    const text = join(folder, 'words.txt')
    await writeFile(text, 'these are words')
    const expected: Array<[number, Promise<Outcome>]> = [
      [2, cli('peer', 'fetch', 'a/b/c')],
      [3, cli('edge', 'ls')],
      [4, cli('peer', 'fetch', UNKNOWN)],
      [4, cli('peer', 'fetch', id, '--rendition', '9k')],
      [7, cli('origin', 'publish', text)]
    ]
    for (const [code, outcome] of expected) {
      const { stderr, ...rest } = await outcome
      expect([rest.code, rest.stdout]).to.deep.equal([code, ''])
      expect(stderr).to.match(/^cdn-cli: .+\n$/)
    }
  })

  const leftovers = async () =>
    (await readdir(tmpdir())).filter(name => /^cdn-cli-\w{6}$/.test(name))

  /** As ffmpeg counts it while it decodes the whole file. */
  const secondsOf = async (path: string): Promise<number> => {
    const { path: ffmpeg } = await findFfmpeg()
    const args = ['-v', 'info', '-i', path, '-f', 'null', '-']
    const text = await new Promise<string>(resolve => {
      execFile(ffmpeg, args, (_error, _stdout, stderr) => resolve(stderr))
    })
    const [, hours, minutes, seconds] = [...text.matchAll(/time=(\d+):(\d+):([\d.]+)/g)].at(-1)!
    return Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds)
  }
})

describe('cli/cdn-cli, completion', () => {
  it('gives bash a script that it takes', async () => {
    const script = 'source <("$0" "$1" completion bash) && complete -p cdn-cli'
    const registered = await new Promise<string>((resolve, reject) => {
      execFile('bash', ['-c', script, process.execPath, CLI], (error, stdout) => {
        if (error === null) resolve(stdout)
        else reject(error)
      })
    })
    expect(registered).to.match(/^complete .* cdn-cli$/m)
  })

  it('suggests commands and their options', async () => {
    const suggested = (...words: string[]) => new Promise<string>(resolve => {
      const argv = [CLI, 'complete', '--', ...words]
      execFile(process.execPath, argv, (_error, stdout) => resolve(stdout))
    })
    expect(await suggested('fe')).to.match(/^fetch\t/)
    expect(await suggested('fetch', '--ren')).to.match(/^--rendition\t/)
  })
})
