/**
 * When V8 collects garbage. in: nothing. out: a setting of the whole process.
 */

import { setFlagsFromString } from 'node:v8'

/**
 * Has bytes outside the heap, which is what blocks on their way are, count towards the heap's own
 * limit. At V8's default every 64 MB of them, dead or not, start a collection of everything: at
 * 300 MB/s several a second, which cost more than hashing and encryption. Costs some tens of MB
 * while blocks pass. Only for the V8 of Node 24, where it was measured: flags come and go.
 */
export function collectByAllMemory (): void {
  if (process.versions.v8.startsWith('13.')) {
    setFlagsFromString('--external-memory-accounted-in-global-limit')
  }
}
