/**
 * The files by which a running daemon is found, in a folder of their own.
 */

import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  CONTROL_FILE, CONTROL_TOKEN_FILE, type ControlFile
} from '../../../protocols/control/index.ts'

export const RUNNING: ControlFile = {
  url: 'http://127.0.0.1:8490', gateway: 'http://127.0.0.1:8480', pid: 1, role: 'peer'
}

export interface DataFolder extends AsyncDisposable { path: string }

export async function dataFolder (file: Partial<ControlFile> = {}): Promise<DataFolder> {
  const path = await mkdtemp(join(tmpdir(), 'cdnd-control-'))
  await writeFile(join(path, CONTROL_FILE), JSON.stringify({ ...RUNNING, ...file }))
  await writeFile(join(path, CONTROL_TOKEN_FILE), 'secret\n')
  return {
    path,
    [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true })
  }
}
