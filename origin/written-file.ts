/**
 * Whether an fMP4 file that another program wrote is all there. ffmpeg's HLS writer ends with
 * success when the disk is full, and leaves files short: their boxes show it.
 */

import { type FileHandle, open } from 'node:fs/promises'

const HEADER_BYTES = 8

/** True when boxes fill the file to its last byte, `types` among them. Reads their headers only. */
export async function isWrittenWhole (path: string, types: string[]): Promise<boolean> {
  const file = await open(path)
  try {
    const { size } = await file.stat()
    const seen = new Set<string>()
    let at = 0
    while (at < size) {
      const box = await readHeader(file, at)
      if (box == null) return false
      seen.add(box.type)
      at += box.size
    }
    return at === size && types.every(type => seen.has(type))
  } finally {
    await file.close()
  }
}

async function readHeader (
  file: FileHandle, position: number
): Promise<{ size: number, type: string } | undefined> {
  const { bytesRead, buffer } = await file.read({ buffer: Buffer.alloc(HEADER_BYTES), position })
  const size = buffer.readUInt32BE(0)
  if (bytesRead < HEADER_BYTES || size < HEADER_BYTES) return undefined
  return { size, type: buffer.toString('latin1', 4) }
}
