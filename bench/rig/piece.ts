/**
 * Bytes that no codec could shrink, the same in every process.
 * in: a piece's number. out: its bytes.
 */

import { createCipheriv } from 'node:crypto'

const KEY = Buffer.alloc(16, 7)

export function pieceOf (number: number, bytes: number): Buffer {
  const counter = Buffer.alloc(16)
  counter.writeUInt32BE(number)
  return createCipheriv('aes-128-ctr', KEY, counter).update(Buffer.alloc(bytes))
}
