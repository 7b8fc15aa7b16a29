/**
 * What is left of a network whose process was killed and could clear up nothing itself.
 */

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect } from 'chai'

const OWN_NETWORK = new URL('../../testnet/own-network.ts', import.meta.url).href
/** Longer than a daemon may take to stop. */
const GONE_MS = 25_000

interface Told { pids: number[], addresses: string[] }

/** Says the processes and addresses of a network that runs until it is killed. */
const program = (pack: number): string => `
  const { withOwnNetwork } = await import('${OWN_NETWORK}')
  await withOwnNetwork({
    nodes: 3, edges: 1, dht: false, tracker: true, ...(${pack} > 0 && { pack: ${pack} }),
    emulated: { delayMs: 1 }, config: { store: { keepFree: '0' } }
  }, async network => {
    await network.start()
    const pids = [...new Set(network.all().map(({ pid }) => pid))]
    const p2p = network.all().map(({ ready }) => ready.p2p)
    const addresses = p2p.flatMap(all =>
      /ip4.([\\d.]+).tcp.(\\d+)/.exec(all ?? '')?.slice(1).join(':') ?? [])
    console.log(JSON.stringify({ pids, addresses }))
    await new Promise(resolve => setTimeout(resolve, 60_000))
  })`

describe('testnet/leftovers', function () {
  this.timeout(90_000)
  let traces: string
  let run: ChildProcess | undefined

  beforeEach(async () => { traces = await mkdtemp(join(tmpdir(), 'cdnd-leftovers-')) })
  afterEach(async () => {
    run?.kill('SIGKILL')
    await rm(traces, { recursive: true, force: true })
  })

  const start = async (pack: number): Promise<Told> => {
    run = spawn(process.execPath, ['-e', program(pack)], {
      env: { ...process.env, TMPDIR: traces }, stdio: ['ignore', 'pipe', 'inherit']
    })
    const [line] = await once(createInterface({ input: run.stdout! }), 'line') as [string]
    return JSON.parse(line) as Told
  }

  for (const [how, pack] of [['packed', 2], ['in processes of their own', 0]] as const) {
    it(`leaves no process, no file and no address of nodes ${how}`, async () => {
      const { pids, addresses } = await start(pack)
      expect(pids.every(isRunning)).to.equal(true)
      expect(await readdir(traces)).to.have.lengthOf(1)
      run!.kill('SIGKILL')
      const endMs = performance.now() + GONE_MS
      const isAnythingLeft = async (): Promise<boolean> =>
        pids.some(isRunning) || (await readdir(traces)).length > 0
      while (await isAnythingLeft() && performance.now() < endMs) await sleep(100)
      expect(pids.filter(isRunning)).to.deep.equal([])
      expect(await readdir(traces)).to.deep.equal([])
      for (const address of addresses) expect(await isTaken(address), address).to.equal(false)
    })
  }
})

function isRunning (pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

async function isTaken (address: string): Promise<boolean> {
  const [host = '', port] = address.split(':')
  const socket = connect({ host, port: Number(port) })
  try {
    await once(socket, 'connect')
    return true
  } catch {
    return false
  } finally {
    socket.destroy()
  }
}
