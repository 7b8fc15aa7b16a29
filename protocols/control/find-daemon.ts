/**
 * Where a running daemon listens. in: its data folder. out: its addresses and the token to call it.
 */

import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import * as z from 'zod'
import { NoDaemonError } from '../errors.ts'
import { CONTROL_FILE, CONTROL_TOKEN_FILE, type ControlFile } from './index.ts'

const FORM = z.object({
  url: z.url(),
  gateway: z.url(),
  pid: z.int(),
  role: z.enum(['peer', 'edge', 'origin', 'bootstrap'])
}) satisfies z.ZodType<ControlFile>

/** @throws NoDaemonError when the folder does not say */
export async function findDaemon (data: string): Promise<ControlFile & { token: string }> {
  try {
    const [file, token] = await Promise.all([
      readFile(join(data, CONTROL_FILE), 'utf8'), readFile(join(data, CONTROL_TOKEN_FILE), 'utf8')
    ])
    return { ...FORM.parse(JSON.parse(file)), token: token.trim() }
  } catch (cause) {
    throw new NoDaemonError(`no daemon is running on ${data}: start one with "cdnd"`, { cause })
  }
}
