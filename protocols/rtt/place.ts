/**
 * A coordinate in as few bytes as a PONG should have.
 * in: a coordinate. out: 14 bytes, and back.
 *
 *   0   8  x, y: tenths of a millisecond, 32 bits each with sign, big-endian
 *   8   4  height, tenths of a millisecond
 *   12  2  error, thousandths
 */

import { InvalidMessageError } from '../errors.ts'
import { coordinateField, coordinateOf, packCoordinate } from './record.ts'
import type { Coordinate } from './types.ts'

export const PLACE_BYTES = 14

const Y_AT = 4
const HEIGHT_AT = 8
const ERROR_AT = 12

export function encodePlace (coordinate: Coordinate): Uint8Array {
  const [x, y, height, error] = packCoordinate(coordinate)
  const bytes = new Uint8Array(PLACE_BYTES)
  const view = new DataView(bytes.buffer)
  view.setInt32(0, x)
  view.setInt32(Y_AT, y)
  view.setUint32(HEIGHT_AT, height)
  view.setUint16(ERROR_AT, error)
  return bytes
}

/** @throws InvalidMessageError for bytes that are no place */
export function decodePlace (bytes: Uint8Array): Coordinate {
  if (bytes.byteLength !== PLACE_BYTES) {
    throw new InvalidMessageError(`a place of ${bytes.byteLength} bytes`)
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, PLACE_BYTES)
  const packed = coordinateField.safeParse([
    view.getInt32(0), view.getInt32(Y_AT), view.getUint32(HEIGHT_AT), view.getUint16(ERROR_AT)
  ])
  if (!packed.success) throw new InvalidMessageError('a place that is nowhere')
  return coordinateOf(packed.data)
}
