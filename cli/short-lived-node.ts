/**
 * A peer for the length of one command, for when no daemon is running.
 * in: bootstrap addresses. out: its control client; node and folder are gone after use.
 */

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { loadConfig } from '../daemon/config.ts'
import { type ControlClient, createControlClient } from '../protocols/control/client.ts'
import type { NodeOptions } from './context.ts'

/** TCP alone: nobody looks for a node that is gone in a moment. */
const LISTEN = ['/ip4/0.0.0.0/tcp/0']

/** Runs `use` with a node of our own; `data` keeps what it fetched, else it goes with the node. */
export async function withShortLivedNode<T> (
  { data, bootstrap, network }: NodeOptions,
  use: (client: ControlClient) => Promise<T>,
  options: { signal: AbortSignal }
): Promise<T> {
  const { startRole } = await import('./start-role.ts')
  const folder = data ?? await mkdtemp(join(tmpdir(), 'cdn-cli-'))
  const flags = {
    role: 'peer', data: folder, bootstrap, network, listen: LISTEN,
    'gateway.port': 0, 'control.port': 0, 'log.level': 'error'
  }
  try {
    const { config } = loadConfig({ flags })
    const node = await startRole(config, { ...options, files: [] })
    try {
      return await use(await createControlClient({ data: config.data }))
    } finally {
      await node.stop()
    }
  } finally {
    if (data === undefined) await rm(folder, { recursive: true, force: true })
  }
}
