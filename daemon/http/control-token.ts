/**
 * What a program must know to steer the daemon, and where it finds it.
 * in: the data folder. out: `control.token`, which only this user reads, and `control.json`.
 */

import { randomBytes, timingSafeEqual } from 'node:crypto'
import { mkdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import {
  CONTROL_FILE, CONTROL_TOKEN_FILE, type ControlFile
} from '../../protocols/control/index.ts'
import { replaceFile } from '../replace-file.ts'

const TOKEN_BYTES = 32
const TOKEN = /^[0-9a-f]{64}$/
const OWNER_ONLY = { mode: 0o600 }

/** The token of this data folder, made at the first start and kept, so that scripts may keep it. */
export async function openControlToken (data: string): Promise<string> {
  await mkdir(data, { recursive: true, mode: 0o700 })
  const path = join(data, CONTROL_TOKEN_FILE)
  const written = await readFile(path, 'utf8').catch(() => '') // Absent at the first start.
  if (TOKEN.test(written.trim())) return written.trim()
  const token = randomBytes(TOKEN_BYTES).toString('hex')
  await replaceFile(path, `${token}\n`, OWNER_ONLY)
  return token
}

/** True when `header` is `Bearer <token>`; takes as long for any wrong one. */
export function isAuthorized (header: string | undefined, token: string): boolean {
  const given = Buffer.from(header ?? '')
  const expected = Buffer.from(`Bearer ${token}`)
  return given.byteLength === expected.byteLength && timingSafeEqual(given, expected)
}

/** Tells programs of this user where the daemon is. */
export async function writeControlFile (data: string, file: ControlFile): Promise<void> {
  await replaceFile(
    join(data, CONTROL_FILE), `${JSON.stringify(file, null, 2)}\n`, OWNER_ONLY)
}

export async function removeControlFile (data: string): Promise<void> {
  await rm(join(data, CONTROL_FILE), { force: true })
}
