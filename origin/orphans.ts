/**
 * Ends an ffmpeg that outlived the process that started it: it takes no notice when that is killed,
 * and would go on writing for as long as its input lasts.
 * in: the folder it was started in, which no other program knows. out: it is gone.
 */

import { readdir, readFile, readlink, realpath } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'

const PROCESSES = '/proc'
/** A killed process takes a moment to leave. */
const WAIT_MS = 20
const MAX_WAITS = 100

/** Linux alone tells where a process runs; elsewhere an orphan works on until its input ends. */
export async function endOrphans (folder: string): Promise<void> {
  const home = await realpath(folder).catch(() => undefined)
  const names = await readdir(PROCESSES).catch(() => [])
  for (const pid of names.filter(name => /^\d+$/.test(name))) {
    if (home == null || !await isOrphan(pid, home)) continue
    kill(Number(pid))
    for (let waits = 0; waits < MAX_WAITS && await isIn(pid, home); waits++) await sleep(WAIT_MS)
  }
}

async function isOrphan (pid: string, home: string): Promise<boolean> {
  if (!await isIn(pid, home)) return false
  const commandLine = await readFile(`${PROCESSES}/${pid}/cmdline`, 'utf8').catch(() => '')
  return commandLine.includes('\0hls\0')
}

/** False of another user's process, and of one that is gone. */
async function isIn (pid: string, home: string): Promise<boolean> {
  return await readlink(`${PROCESSES}/${pid}/cwd`).catch(() => undefined) === home
}

function kill (pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // It ended by itself.
  }
}
