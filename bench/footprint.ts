/**
 * What does a node cost that does nothing? in: flags. out: a table, a row a build and role.
 *
 *   npm run bench footprint -- [--idle 20] [--runs 3] [--node-options "--max-semi-space-size=2"]
 *                              [--json FILE]
 *
 * A small network of every role is started from the source, from the bundle (`npm run build` makes
 * it), and from the bundle with the compiled code of an earlier start, as an installed one is.
 * Start-up is from the start of the process to its ready line, one node at a time.
 */

import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import type { Role } from '../protocols/exchange/index.ts'
import { DaemonProcess } from '../testnet/daemon-process.ts'
import { cpuSeconds, privateBytes, pssBytes } from '../testnet/process-cost.ts'
import { median, RUNS, repeat, report } from './rig/report.ts'

const ROOT = join(import.meta.dirname, '..')
const ROLES: Role[] = ['bootstrap', 'origin', 'edge', 'peer']
/** What a start brings with it has calmed down then: V8 gives back memory 8 s after, in 0.1 s. */
const SETTLE_MS = 15_000
const MIB = 1024 * 1024

interface Build { name: string, entry: string, keepsCompiled: boolean }

interface Cost {
  startMs: number
  startCpuMs: number
  pss: number
  private: number
  idleShare: number
  stopMs: number
}

const BUILDS: Build[] = [
  { name: 'source', entry: join(ROOT, 'cli', 'cdnd.ts'), keepsCompiled: false },
  { name: 'bundle', entry: join(ROOT, 'dist', 'cli', 'cdnd.js'), keepsCompiled: false },
  { name: 'bundle, compiled', entry: join(ROOT, 'dist', 'cli', 'cdnd.js'), keepsCompiled: true }
]

const { values: flags } = parseArgs({
  options: {
    idle: { type: 'string', default: '20' },
    runs: { type: 'string', default: String(RUNS) },
    'node-options': { type: 'string', default: '' },
    json: { type: 'string' }
  }
})
if (BUILDS.some(({ entry }) => !existsSync(entry))) {
  throw new Error('this benchmark needs the bundle: npm run build')
}
const folder = await mkdtemp(join(tmpdir(), 'cdnd-bench-'))
process.env.NODE_OPTIONS = flags['node-options']
try {
  // Leaves the compiled code behind.
  await oneRun(BUILDS.at(-1)!, 0)
  const runs = await repeat(async () => {
    const costs: Array<Map<Role, Cost>> = []
    for (const build of BUILDS) costs.push(await oneRun(build, Number(flags.idle)))
    return costs
  }, Number(flags.runs))
  show(runs)
} finally {
  await rm(folder, { recursive: true })
}

function show (runs: Array<Array<Map<Role, Cost>>>): void {
  const rows = BUILDS.flatMap(({ name }, build) => ROLES.map(role => {
    const middle = (of: (cost: Cost) => number) =>
      median(runs.map(run => of(run[build]!.get(role)!)))
    return {
      build: name,
      role,
      'start-up, ms': Math.round(middle(({ startMs }) => startMs)),
      'CPU of it, ms': Math.round(middle(({ startCpuMs }) => startCpuMs)),
      'PSS, MiB': middle(({ pss }) => pss / MIB),
      'private, MiB': middle(cost => cost.private / MIB),
      'idle CPU, %': middle(({ idleShare }) => idleShare * 100),
      'end, ms': Math.round(middle(({ stopMs }) => stopMs))
    }
  }))
  report({
    name: 'footprint',
    question: 'What a node costs that does nothing',
    rows,
    notes: [
      'one of each role at a time, on tcp, with DHT and tracker; of PSS, what all of them share ' +
        'counts in parts, so it falls as more nodes run',
      `${SETTLE_MS / 1000} s after the last start; idle CPU over ${flags.idle} s, of one core`,
      `medians of ${flags.runs} runs; NODE_OPTIONS=${JSON.stringify(flags['node-options'])}`
    ]
  }, flags.json)
}

/** A network of every role, one started after the other, and what each costs. */
async function oneRun (build: Build, idleSeconds: number): Promise<Map<Role, Cost>> {
  const home = await mkdtemp(join(folder, 'run-'))
  if (build.keepsCompiled) process.env.NODE_COMPILE_CACHE = join(folder, 'compiled')
  else delete process.env.NODE_COMPILE_CACHE
  const daemons: DaemonProcess[] = []
  try {
    const starts = new Map<Role, Pick<Cost, 'startMs' | 'startCpuMs'>>()
    let bootstrap: string[] = []
    for (const role of ROLES) {
      const config = { ...settingsOf(), bootstrap }
      const daemon = new DaemonProcess({
        name: role, role, folder: join(home, role), config, entry: build.entry
      })
      daemons.push(daemon)
      const startedMs = performance.now()
      await daemon.start()
      starts.set(role, {
        startMs: performance.now() - startedMs, startCpuMs: cpuSeconds(daemon.pid!) * 1000
      })
      if (role === 'bootstrap') bootstrap = (daemon.ready.p2p ?? '').split(',')
    }
    return await costsOf(daemons, starts, idleSeconds)
  } finally {
    await Promise.all(daemons.map(daemon => daemon.stop()))
  }
}

async function costsOf (
  daemons: DaemonProcess[], starts: Map<Role, Pick<Cost, 'startMs' | 'startCpuMs'>>,
  idleSeconds: number
): Promise<Map<Role, Cost>> {
  const costs = new Map<Role, Cost>()
  if (idleSeconds > 0) await sleep(SETTLE_MS)
  const before = daemons.map(({ pid }) => cpuSeconds(pid!))
  await sleep(idleSeconds * 1000)
  for (const [i, { role, pid }] of daemons.entries()) {
    costs.set(role, {
      ...starts.get(role)!,
      pss: pssBytes(pid!),
      private: privateBytes(pid!),
      idleShare: (cpuSeconds(pid!) - before[i]!) / idleSeconds,
      stopMs: 0
    })
  }
  for (const daemon of daemons.toReversed()) {
    const startedMs = performance.now()
    await daemon.stop()
    costs.get(daemon.role)!.stopMs = performance.now() - startedMs
  }
  return costs
}

function settingsOf (): Record<string, unknown> {
  return {
    network: 'bench',
    listen: ['/ip4/127.0.0.1/tcp/0'],
    gateway: { host: '127.0.0.1', port: 0 },
    control: { host: '127.0.0.1', port: 0 },
    dht: { mode: 'server' },
    log: { level: 'error' }
  }
}
