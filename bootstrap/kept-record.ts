/**
 * A node's record as a tracker keeps it: what it ranks by is at hand; the addresses, more than half
 * of the whole in memory, are read out of the envelope when somebody wants them in words.
 */

import type { Multiaddr } from '@multiformats/multiaddr'
import { readVouchedRecord } from '../protocols/tracker/record.ts'
import type { TrackedNode } from './store.ts'

export function kept ({ record, envelope }: TrackedNode): TrackedNode {
  const { addresses, ...rest } = record
  return { envelope, record: Object.assign(new Addresses(envelope), rest) }
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
