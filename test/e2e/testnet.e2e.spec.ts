/**
 * The testnet as people run it: real processes, real music, and nothing left of it afterwards.
 */

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect } from 'chai'
import type { RunResult, Totals } from '../../testnet/report.ts'
import { REAL_TRACK, runFfmpeg } from '../origin/media-files.ts'
import { until } from './network-rig.ts'
import { processesOf } from './processes-of.ts'

const MAIN = fileURLToPath(new URL('../../testnet/main.ts', import.meta.url))
const DEMO = fileURLToPath(new URL('../../testnet/demo.ts', import.meta.url))
const TRACK_SECONDS = 20
/** Longer than a daemon may take to stop. */
const GONE_MS = 15_000

type Result = RunResult & { totals: Totals, amiss: string[] }
interface Ended { code: number | null, output: string }

describe('e2e/testnet', function () {
  this.timeout(120_000)
  let folder: string
  let track: string
  const started: ChildProcess[] = []

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'cdnd-e2e-testnet-'))
    track = join(folder, 'track.ogg')
    await runFfmpeg('-t', String(TRACK_SECONDS), '-i', REAL_TRACK, '-c', 'copy', track)
  })
  after(async () => {
    for (const child of started) child.kill('SIGKILL')
    await rm(folder, { recursive: true, force: true })
  })

  /** A run whose every trace lies in a folder of its own. */
  async function start (program: string, args: string[]) {
    const traces = join(folder, `run-${started.length}`)
    await mkdir(traces)
    const child = spawn(process.execPath, [program, ...args], {
      env: { ...process.env, TMPDIR: traces }, stdio: ['ignore', 'pipe', 'pipe']
    })
    started.push(child)
    const said = { output: '' }
    for (const stream of [child.stdout, child.stderr]) {
      stream?.on('data', chunk => { said.output += String(chunk) })
    }
    const ended = once(child, 'close').then(([code]): Ended => ({ code, output: said.output }))
    return { child, traces, said, ended }
  }

  async function run (...args: string[]): Promise<Ended & { result: Result, traces: string }> {
    const json = join(folder, `run-${started.length}.json`)
    const { ended, traces } = await start(MAIN, [...shortRun(), '--json', json, ...args])
    const { code, output } = await ended
    const result = existsSync(json) ? JSON.parse(await readFile(json, 'utf8')) : undefined
    return { code, output, result, traces }
  }

  const shortRun = () =>
    ['--nodes', '3', '--edges', '1', '--file', track, '--segment', '2s', '--gap', '500']

  it('has every listener play everything, says so in words and JSON, and leaves nothing behind',
    async () => {
      const { code, output, result, traces } = await run('--gap', '1500')
      expect(code, output).to.equal(0)
      expect(output).to.match(/testnet passed\n$/)
      expect(result.amiss).to.deep.equal([])
      expect(result.totals).to.include({ peers: 3, failed: 0, missing: 0, wrongBytes: 0 })
      const { title: { segments }, listeners } = result
      expect(segments).to.be.within(10, 11)
      for (const { play } of listeners) {
        expect([play?.segments, play!.bytes - play!.verifiedBytes]).to.deep.equal([segments, 0])
      }
      expect(result.totals.originCopiesPerEdge).to.be.within(0.9, 1.1)
      expect(result.totals.lateHalfFromPeers).to.be.greaterThan(0.5)
      expect([processesOf(traces), await readdir(traces)]).to.deep.equal([[], []])
    })

  it('plays on with a corrupt peer, banned by all it met, and without its edge', async () => {
    const { code, output, result } = await run('--fault', 'corrupt-peer', 'edge-lost')
    expect(code, output).to.equal(0)
    expect(result.faults.map(({ fault, event }) => [fault, event != null]))
      .to.deep.equal([['corrupt-peer', true], ['edge-lost', true]])
    const { mismatches, metBy, bannedBy } = result.harm
    expect([mismatches > 0, metBy > 0, bannedBy]).to.deep.equal([true, true, metBy])
    expect(result.totals).to.include({ failed: 0, missing: 0, wrongBytes: 0 })
  })

  it('fails when a fault never struck, and keeps data and logs when it is told to', async () => {
    const { code, output, result, traces } = await run(
      '--nodes', '1', '--edges', '0', '--fault', 'edge-lost', '--keep')
    expect([code, result.amiss]).to.deep.equal([1, ['"edge-lost" never struck']])
    expect(output).to.contain('testnet failed: "edge-lost" never struck')
    const [kept] = await readdir(traces)
    expect(output).to.contain(`data and logs are in ${join(traces, kept!)}`)
    expect(await readdir(join(traces, kept!))).to.include.members(['peer-1', 'origin', 'bootstrap'])
    expect(await readFile(join(traces, kept!, 'peer-1', 'log'), 'utf8')).to.contain('connected to')
  })

  it('fails with the origin’s word for a file that is no media', async () => {
    const noMedia = join(folder, 'no-media.mp3')
    await writeFile(noMedia, 'words')
    const { code, output, traces } = await run('--file', noMedia)
    expect([code, processesOf(traces)]).to.deep.equal([1, []])
    expect(output).to.match(/testnet failed: .*no-media\.mp3/)
  })

  for (const stage of ['starts', 'plays'] as const) {
    it(`leaves no process and no file behind after Ctrl-C while it ${stage}`, async () => {
      const { child, said, traces, ended } = await start(MAIN, [...shortRun(), '--gap', '60000'])
      await untilIn(stage, said, traces)
      child.kill('SIGINT')
      const { code, output } = await ended
      expect(code, output).to.equal(130)
      expect(output).to.contain('interrupted by SIGINT')
      expect([processesOf(traces), await readdir(traces)]).to.deep.equal([[], []])
    })

    it(`leaves no process behind when it is killed outright while it ${stage}`, async () => {
      const { child, said, traces, ended } = await start(MAIN, [
        ...shortRun(), '--gap', '60000', '--fault', 'corrupt-peer'
      ])
      await untilIn(stage, said, traces)
      expect(processesOf(traces)).not.to.deep.equal([])
      child.kill('SIGKILL')
      await ended
      await until(() => processesOf(traces).length === 0, 'the end of all daemons', GONE_MS)
    })
  }

  it('leaves no ffmpeg behind when it is killed outright while the origin publishes', async () => {
    const long = join(folder, 'long.flac')
    await runFfmpeg('-f', 'lavfi', '-i', 'sine=frequency=330:duration=3600', long)
    const { child, traces, ended } = await start(MAIN, [...shortRun(), '--file', long])
    const encoders = () => processesOf(long).filter(words => words.includes('-i '))
    await until(() => encoders().length > 0, 'ffmpeg at work', 60_000)
    child.kill('SIGKILL')
    await ended
    const areGone = () => encoders().length + processesOf(traces).length === 0
    await until(areGone, 'the end of ffmpeg', GONE_MS)
  })

  it('says in one line that there is no such file to play in the demo', async () => {
    const { ended } = await start(DEMO, [join(folder, 'none.mp4')])
    const { code, output } = await ended
    expect(code).to.equal(1)
    expect(output).to.match(/^demo failed: there is no file \S+none\.mp4 that can be read\n$/)
  })
})

async function untilIn (
  stage: 'starts' | 'plays', said: { output: string }, traces: string
): Promise<void> {
  const isSo = {
    starts: () => processesOf(traces).length >= 3,
    plays: () => said.output.includes('starts to play')
  }
  await until(isSo[stage], `a testnet that ${stage}: ${said.output}`, 60_000)
}
