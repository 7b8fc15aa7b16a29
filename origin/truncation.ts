/**
 * Whether a media file was cut short. Four signs, each of which healthy files never show:
 *
 *   - its header declares a longer time than there is in it (FLAC, AIFF, Matroska, MP4, MP3 with a
 *     Xing header);
 *   - ffmpeg says that it ended too soon (MP4, Matroska);
 *   - its RIFF header declares more bytes than the file has (WAV, AVI);
 *   - its last Ogg page is not whole.
 *
 * MP3 without a Xing header, ADTS and MPEG-TS declare nothing and may end anywhere: no sign, no
 * refusal.
 */

import { type FileHandle, open } from 'node:fs/promises'

const ENDED_TOO_SOON = /: partial file$|File ended prematurely/
/** Missing time that is put down to rounding and to streams of unequal length. */
const TOLERANCE_MS = 1000
const TOLERANCE_SHARE = 0.01
const RIFF_HEADER_BYTES = 8
/** Written by programs that could not know the size, such as those that write to a pipe. */
const UNKNOWN_SIZES: readonly number[] = [0, 0xffff_ffff, 0x7fff_ffff]
/** An Ogg page is at most this long. */
const OGG_PAGE_BYTES = 65_307
const OGG_HEADER_BYTES = 27

/** True for a line in which ffmpeg says that the file ended too soon. */
export function saysEndedTooSoon (line: string): boolean {
  return ENDED_TOO_SOON.test(line)
}

/** True when so much of the declared time is missing that it cannot be rounding. */
export function isTooShort (declaredMs: number, actualMs: number): boolean {
  return declaredMs - actualMs > Math.max(TOLERANCE_MS, declaredMs * TOLERANCE_SHARE)
}

/** True when the first or last bytes of the file show that its end is missing. */
export async function isEndMissing (path: string): Promise<boolean> {
  const file = await open(path)
  try {
    const { size } = await file.stat()
    const head = await read(file, 0, RIFF_HEADER_BYTES)
    if (isText(head, 0, 'RIFF')) return isRiffCut(head, size)
    if (!isText(head, 0, 'OggS')) return false
    return isOggCut(await read(file, Math.max(0, size - OGG_PAGE_BYTES), OGG_PAGE_BYTES))
  } finally {
    await file.close()
  }
}

function isRiffCut (head: Uint8Array, size: number): boolean {
  const declared = new DataView(head.buffer, head.byteOffset).getUint32(4, true)
  return !UNKNOWN_SIZES.includes(declared) && declared + RIFF_HEADER_BYTES > size
}

/** `tail` holds the start of the file's last page, which is cut when its table promises more. */
function isOggCut (tail: Uint8Array): boolean {
  for (let at = tail.byteLength - 4; at >= 0; at--) {
    if (isText(tail, at, 'OggS')) {
      const segments = tail[at + OGG_HEADER_BYTES - 1]
      if (segments == null) return true
      const table = tail.subarray(at + OGG_HEADER_BYTES, at + OGG_HEADER_BYTES + segments)
      const end = at + OGG_HEADER_BYTES + segments + table.reduce((sum, length) => sum + length, 0)
      return table.byteLength < segments || end > tail.byteLength
    }
  }
  return false
}

async function read (file: FileHandle, position: number, length: number): Promise<Uint8Array> {
  const { bytesRead, buffer } = await file.read({ buffer: new Uint8Array(length), position })
  return buffer.subarray(0, bytesRead)
}

function isText (bytes: Uint8Array, at: number, text: string): boolean {
  return Array.from(text).every((char, i) => bytes[at + i] === char.charCodeAt(0))
}
