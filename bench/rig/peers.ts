/**
 * The packages cdnd is measured against: locked in `bench/peers`, installed there when first needed
 * and never by the project's own `npm ci`.
 */

import { execFileSync } from 'node:child_process'
import { statSync } from 'node:fs'
import { join, resolve } from 'node:path'

const FOLDER = resolve(import.meta.dirname, '..', 'peers')
/** npm writes it last. */
const STAMP = join(FOLDER, 'node_modules', '.package-lock.json')

export function installPeers (): void {
  if (changedMs(STAMP) >= changedMs(join(FOLDER, 'package-lock.json'))) return
  console.log(`installing what cdnd is measured against into ${join(FOLDER, 'node_modules')} …`)
  execFileSync('npm', ['ci'], { cwd: FOLDER, stdio: 'inherit' })
}

function changedMs (file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? -Infinity
}
