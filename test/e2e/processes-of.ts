/**
 * Which processes have to do with a folder. in: its path. out: the command lines that name it.
 */

import { readdirSync, readFileSync } from 'node:fs'

/** Of all processes of this machine. */
export function processesOf (folder: string): string[] {
  return readdirSync('/proc').filter(name => /^\d+$/.test(name)).flatMap(pid => {
    try {
      const words = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ')
      return words.includes(folder) ? [words] : []
    } catch {
      // It ended while we looked.
      return []
    }
  })
}
