/**
 * Scenarios as people run them, of twenty nodes and a few minutes each: what they have to meet,
 * what is written, and nothing left of them.
 */

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect } from 'chai'
import { isMet, type RunRecord } from '../../testnet/run-record.ts'
import { decisionOf } from '../../testnet/runner/decision-log.ts'
import { SCENARIOS } from '../../testnet/scenarios/index.ts'
import { processesOf } from './processes-of.ts'

const MAIN = fileURLToPath(new URL('../../testnet/main.ts', import.meta.url))
const NODES = 20
const SEED = 5

interface Run { output: string, code: number | null, traces: string }
interface Reported extends Run { record: RunRecord, decisions: string[], page: string }

describe('e2e/scenarios', function () {
  // Of these, a minute is that of the titles, which the first run makes.
  this.timeout(240_000)
  let folder: string
  let child: ChildProcess | undefined

  before(async () => { folder = await mkdtemp(join(tmpdir(), 'cdnd-e2e-scenarios-')) })
  after(async () => {
    child?.kill('SIGKILL')
    await rm(folder, { recursive: true, force: true })
  })

  async function run (name: string, ...args: string[]): Promise<Run> {
    const traces = join(folder, name)
    await mkdir(traces)
    child = spawn(process.execPath, [MAIN, ...args], {
      env: { ...process.env, TMPDIR: traces }, stdio: ['ignore', 'pipe', 'pipe']
    })
    let output = ''
    for (const stream of [child.stdout, child.stderr]) {
      stream?.on('data', chunk => { output += String(chunk) })
    }
    const [code] = await once(child, 'close')
    return { output, code, traces }
  }

  async function reported (name: string): Promise<Reported> {
    const report = join(folder, `${name}-report`)
    const ran = await run(name, name, '--nodes', String(NODES), '--pack', '10', '--short',
      '--seed', String(SEED), '--report', report)
    expect(ran.code, ran.output).to.equal(0)
    const read = (file: string): Promise<string> => readFile(join(report, file), 'utf8')
    return {
      ...ran,
      record: JSON.parse(await read('record.json')) as RunRecord,
      decisions: (await read('decisions.txt')).trimEnd().split('\n'),
      page: await read('report.html')
    }
  }

  it('names the scenarios there are', async () => {
    const { code, output } = await run('list', '--list')
    expect(code).to.equal(0)
    expect(output.trimEnd().split('\n').map(line => line.split(' ')[0]))
      .to.deep.equal(SCENARIOS.map(({ name }) => name))
  })

  it('plays zipf-day as its seed decides it, and leaves a report and nothing else', async () => {
    const { record, decisions, page, output, traces } = await reported('zipf-day')
    const { trace } = SCENARIOS.find(({ name }) => name === 'zipf-day')!
      .scene({ peers: NODES, seed: SEED, isShort: true })
    expect(decisions.map(line => line.trim().replace(/^\S+ /, ''))).to.have.members(
      trace.plays.flatMap((day, i) => day.map(play => decisionOf(`peer-${i + 1}`, play))))
    expect(record.plays).to.have.length(trace.plays.flat().length)
    expect(record.verdicts.every(isMet)).to.equal(true)
    expect(new Set(record.plays.map(({ region }) => region)).size).to.equal(4)
    const peers = record.nodes.filter(({ role }) => role === 'peer')
    expect(peers.reduce((sum, { fetched }) => sum + fetched.peer, 0)).to.be.greaterThan(0)
    expect(record.flows.length).to.be.greaterThan(0)
    expect(record.samples.length).to.be.greaterThan(5)
    expect(page).to.match(/^<!doctype html>/i)
    expect(output).to.match(/^met +segments missing: 0/m).and.match(/zipf-day passed\n$/)
    expect([processesOf(traces), await readdir(traces)]).to.deep.equal([[], []])
  })

  it('plays edge-lost, where no segment is missed', async () => {
    const { record } = await reported('edge-lost')
    expect(record.acts.map(({ kind, nodes }) => [kind, nodes[0]?.slice(0, 4)]))
      .to.deep.equal([['kill', 'edge']])
    expect(record.nodes.filter(({ isUp }) => !isUp).map(({ name }) => name))
      .to.deep.equal(record.acts[0]!.nodes)
  })

  it('plays churn, where those that stay miss nothing', async () => {
    const { record } = await reported('churn')
    expect(record.acts.map(({ kind }) => kind)).to.include('kill')
    expect(record.plays.every(({ missing, startUpMs }) => missing === 0 && startUpMs != null))
      .to.equal(true)
  })

  it('is judged by no run of other listeners than its own', async () => {
    const { code, output } = await run('other', 'polluters', '--nodes', '2', '--short',
      '--against', join(folder, 'zipf-day-report'))
    expect(code).to.equal(1)
    expect(output).to.contain('is no zipf-day of 2 listeners')
  })
})
