/**
 * The disk under a folder. in: the folder. out: its size and what is free, whenever asked.
 */

import { statfs } from 'node:fs/promises'
import type { MeasureDisk } from './free-space.ts'

export function measureDisk (path: string): MeasureDisk {
  return async () => {
    const { bsize, blocks, bavail } = await statfs(path)
    return { sizeBytes: bsize * blocks, freeBytes: bsize * bavail }
  }
}
