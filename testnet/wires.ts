/**
 * The two wires of a host, each shared by all its connections.
 * in: bytes per second. out: meters, that may be changed while they are used.
 */

import { RateMeter } from './rate-meter.ts'

export interface HostShape {
  /** Of all it sends, and of all it is sent; unlimited unless given. */
  uploadBytesPerSecond?: number
  downloadBytesPerSecond?: number
}

export class Wires {
  readonly upload = new RateMeter(Infinity)
  readonly download = new RateMeter(Infinity)

  constructor (shape: HostShape = {}) {
    this.change(shape)
  }

  change ({ uploadBytesPerSecond, downloadBytesPerSecond }: HostShape): void {
    this.upload.bytesPerSecond = uploadBytesPerSecond ?? Infinity
    this.download.bytesPerSecond = downloadBytesPerSecond ?? Infinity
  }
}
