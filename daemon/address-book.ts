/**
 * Where neighbours can be dialled, by their own signed word.
 * in: the records in their HELLOs. out: multiaddrs that end in /p2p/ID.
 *
 * The address of a connection that somebody else opened leads nowhere.
 */

import type { Neighbour } from '../protocols/exchange/index.ts'
import type { NodeRecord } from '../protocols/tracker/index.ts'

/** Of one peer. Higher: more ways to it; lower: shorter answers. */
const MAX_ADDRESSES = 4

export interface AddressBookComponents {
  /** Checks and reads a signed record. */
  open: (envelope: Uint8Array) => Promise<Pick<NodeRecord, 'peer' | 'addresses'>>
}

export class AddressBook {
  readonly #open: AddressBookComponents['open']
  readonly #addresses = new WeakMap<Neighbour, readonly string[]>()

  constructor ({ open }: AddressBookComponents) {
    this.#open = open
  }

  /** None for a neighbour without a record, or with one that does not hold. */
  of (neighbour: Neighbour): readonly string[] {
    return this.#addresses.get(neighbour) ?? []
  }

  /** Reads the record of a new neighbour. Never rejects. */
  async add (neighbour: Neighbour): Promise<void> {
    const { hello: { record }, peer: id } = neighbour
    if (record == null) return
    try {
      const { peer, addresses } = await this.#open(record)
      if (!peer.equals(id)) return
      this.#addresses.set(neighbour, addresses.slice(0, MAX_ADDRESSES).map(address =>
        `${address.toString().replace(/\/p2p\/[^/]+$/, '')}/p2p/${id}`))
    } catch {
      // Whoever uses records for more says in the log what is wrong with it.
    }
  }
}
