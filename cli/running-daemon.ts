/**
 * The daemon that commands talk to. in: a data folder, or none. out: a client of the daemon there.
 */

import { defaultsOf } from '../daemon/config-presets.ts'
import { path as absolutePath } from '../daemon/config-values.ts'
import { type ControlClient, createControlClient } from '../protocols/control/client.ts'
import { NoDaemonError } from '../protocols/errors.ts'
import type { Role } from '../protocols/exchange/index.ts'

const ROLES: readonly Role[] = ['peer', 'origin', 'edge', 'bootstrap']

/**
 * The daemon on `data`, else the first that answers of those on the roles' default folders.
 *
 * @throws NoDaemonError
 */
export async function runningDaemon (
  data: string | undefined, preferred: Role = 'peer', options: { signal?: AbortSignal } = {}
): Promise<ControlClient> {
  if (data !== undefined) return await createControlClient({ data: absolutePath(data) })
  for (const role of [preferred, ...ROLES.filter(other => other !== preferred)]) {
    const client = await answering(absolutePath(defaultsOf(role).data), options)
    if (client !== undefined) return client
  }
  throw new NoDaemonError('no daemon is running: start one with "cdnd", or give its --data folder')
}

async function answering (
  data: string, options: { signal?: AbortSignal }
): Promise<ControlClient | undefined> {
  try {
    const client = await createControlClient({ data })
    await client.health(options)
    return client
  } catch (error) {
    if (error instanceof NoDaemonError) return undefined
    throw error
  }
}
