/**
 * sha2-256 for Node. On the main thread: measured 2 GB/s, faster than handing bytes to a worker.
 */

import { hash } from 'node:crypto'
import type { Sha256 } from './cid.ts'

export const sha256: Sha256 = bytes => hash('sha256', bytes, 'buffer')
