/**
 * Records that come again and again: a tracker names the same nodes to each question.
 * in: envelopes. out: their records, each signature verified once and the rules held every time.
 */

import { LRUCache } from 'lru-cache'
import { checkRecord, type RecordRules } from './check-record.ts'
import { readRecord } from './record.ts'
import type { NodeRecord } from './types.ts'

/** Records remembered; the longest unused makes room. */
export const MAX_KNOWN_RECORDS = 512

/** Of a signature, which ends the envelope: the whole is compared anyway. */
const KEY_BYTES = 16

interface Known { envelope: Uint8Array, record: NodeRecord }

export class RecordReader {
  readonly #rules: RecordRules
  readonly #known = new LRUCache<string, Known>({ max: MAX_KNOWN_RECORDS })

  constructor (rules: RecordRules) {
    this.#rules = rules
  }

  /** @throws RecordRefusedError InvalidMessageError as openRecord does */
  async open (envelope: Uint8Array): Promise<NodeRecord> {
    const key = envelope.subarray(-KEY_BYTES).join()
    const known = this.#known.get(key)
    const record = known != null && isEqual(known.envelope, envelope)
      ? known.record
      : await readRecord(envelope)
    await checkRecord(record, this.#rules)
    if (record !== known?.record) {
      // Copied, so that what is kept does not keep the whole answer.
      this.#known.set(key, { envelope: Uint8Array.from(envelope), record })
    }
    return record
  }
}

function isEqual (a: Uint8Array, b: Uint8Array): boolean {
  return a.byteLength === b.byteLength && a.every((byte, i) => byte === b[i])
}
