/**
 * Memory given back at once by whoever is the last to read it. For Node only.
 * in: buffers made for one reader each. out: their memory, free before the collector comes round.
 *
 * Every byte on a connection passes through buffers of 64 KiB that live for a moment. Left to the
 * collector they make it mark the whole heap after each 20 MB received, which takes more CPU than
 * to decrypt them; and each new one is touched for the first time again.
 */

/** Below this it is not worth the call. */
const MIN_BYTES = 16 * 1024

/** What stands before our bytes in their buffer, at most: the header of a multiplexer's frame. */
const MAX_HEADER_BYTES = 12

const lent = new WeakSet<ArrayBufferLike>()

/** Marks a buffer that is nobody else's, as one that its reader may give back. */
export function lend<T extends Uint8Array> (bytes: T): T {
  if (bytes.byteLength >= MIN_BYTES && bytes.byteLength === bytes.buffer.byteLength) {
    lent.add(bytes.buffer)
  }
  return bytes
}

/**
 * Whoever was lent the bytes keeps no view of them. Without effect for a part of a buffer, the rest
 * of which somebody else may still have to read, and for what was not lent.
 */
export function giveBack ({ buffer, byteOffset, byteLength }: Uint8Array): void {
  const isAll = byteOffset <= MAX_HEADER_BYTES && byteOffset + byteLength === buffer.byteLength
  if (isAll && lent.delete(buffer)) free(buffer as ArrayBuffer)
}

/** Bytes that are not zeroed: a block is written once, in full. */
export function allocate (bytes: number): Uint8Array {
  // No Buffer, whose slice() copies nothing.
  return new Uint8Array(Buffer.allocUnsafeSlow(bytes).buffer)
}

/** Leaves every view of the buffer empty. */
export function free (buffer: ArrayBuffer): void {
  buffer.transfer(0)
}
