/**
 * A network for one run. in: how many of what, and what to do with it. out: what that gave; the
 * network and its folder are gone then, also after Ctrl-C; soon, where this process was killed.
 */

import { setMaxListeners } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { InterruptedError } from './interrupted-error.ts'
import { Leftovers } from './leftovers.ts'
import { Network, type NetworkInit } from './network.ts'

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

export interface OwnNetworkInit extends Omit<NetworkInit, 'folder'> {
  /** Called with the folder of data and logs, which then stays. */
  onKept?: (folder: string) => void
}

/** @throws InterruptedError when a signal ends the run, and what `use` throws */
export async function withOwnNetwork<T> (
  init: OwnNetworkInit, use: (network: Network, signal: AbortSignal) => Promise<T>
): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'cdnd-testnet-'))
  const leftovers = init.onKept == null ? new Leftovers({ folder }) : undefined
  const network = new Network({
    ...init, folder, onProcesses: async pids => { await leftovers?.follow(pids) }
  })
  const ends = new AbortController()
  // Every listener's every wait listens to it.
  setMaxListeners(0, ends.signal)
  const onSignal = (signal: typeof SIGNALS[number]): void => {
    ends.abort(new InterruptedError(signal))
  }
  for (const signal of SIGNALS) process.on(signal, onSignal)
  try {
    await leftovers?.start()
    return await Promise.race([use(network, ends.signal), rejectionBy(ends.signal)])
  } finally {
    await network.stop()
    await leftovers?.stop()
    for (const signal of SIGNALS) process.off(signal, onSignal)
    if (init.onKept != null) init.onKept(folder)
    else await rm(folder, { recursive: true, force: true })
  }
}

async function rejectionBy (signal: AbortSignal): Promise<never> {
  return await new Promise((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true })
  })
}
