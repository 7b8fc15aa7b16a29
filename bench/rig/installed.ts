/**
 * Programs a benchmark needs that npm does not bring.
 * in: a program and its Debian package. out: nothing, or what to install.
 */

import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'

/** Debian keeps servers out of a user's PATH. */
const FOLDERS = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/usr/local/sbin']

/** Throws what to install when the program is not there. */
export function assertInstalled (program: string, debianPackage: string): void {
  if (FOLDERS.some(folder => existsSync(join(folder, program)))) return
  throw new Error(`this benchmark needs ${program}: apt-get install -y ${debianPackage}`)
}
