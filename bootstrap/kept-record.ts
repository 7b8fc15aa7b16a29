/**
 * A node's record as a tracker keeps it: what it ranks by close together; the addresses, more than
 * half of the whole in memory, are read out of the envelope when somebody wants them in words.
 */

import type { Multiaddr } from '@multiformats/multiaddr'
import { readVouchedRecord } from '../protocols/tracker/record.ts'
import { sketchOf } from './sketch.ts'
import type { KeptNode, TrackedNode } from './store.ts'

export function kept ({ record, envelope, report }: TrackedNode): KeptNode {
  const { addresses, ...rest } = record
  return {
    envelope,
    record: Object.assign(new Addresses(envelope), rest),
    sketch: sketchOf(record),
    ...(report != null && { report })
  }
}

class Addresses {
  readonly #envelope: Uint8Array

  constructor (envelope: Uint8Array) {
    this.#envelope = envelope
  }

  get addresses (): Multiaddr[] {
    return readVouchedRecord(this.#envelope).addresses
  }
}
