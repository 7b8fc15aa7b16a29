/**
 * Which cdnd this is, as its package says.
 */

import { readFileSync } from 'node:fs'
import { findPackageJSON } from 'node:module'

/** `0.1.0` */
export const VERSION = readVersion()

/** The package's file lies above the source as above the compiled code, at different heights. */
function readVersion (): string {
  const file = findPackageJSON(import.meta.url)!
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version
}
