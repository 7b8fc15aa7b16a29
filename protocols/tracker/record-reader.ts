/**
 * Records that come again and again: a tracker names the same nodes to each question.
 * in: envelopes. out: their records without RTTs, which only trackers reckon with; each signature
 * verified once and the rules held every time.
 *
 * Of each node its last record is remembered: with all it renewed within hours, RTTs and all, it
 * was 5 MB of a node among 160.
 */

import { LRUCache } from 'lru-cache'
import { upTo } from '../lru-bound.ts'
import { checkRecord, type RecordRules } from './check-record.ts'
import { readRecord } from './record.ts'
import type { NodeRecord } from './types.ts'

/** Nodes whose record is remembered; the longest unused makes room. */
export const MAX_KNOWN_RECORDS = 512

/** An envelope begins with its signer's key. */
const HEAD_BYTES = 39

interface Known { envelope: Uint8Array, record: NodeRecord }

export class RecordReader {
  readonly #rules: RecordRules
  readonly #known = new LRUCache<string, Known>(upTo(MAX_KNOWN_RECORDS))

  constructor (rules: RecordRules) {
    this.#rules = rules
  }

  /** @throws RecordRefusedError InvalidMessageError as openRecord does */
  async open (envelope: Uint8Array): Promise<NodeRecord> {
    const signer = envelope.subarray(0, HEAD_BYTES).join()
    const known = this.#known.get(signer)
    const record = known != null && isEqual(known.envelope, envelope)
      ? known.record
      : { ...await readRecord(envelope), rtts: [] }
    await checkRecord(record, this.#rules)
    if (record !== known?.record) {
      // Copied, so that what is kept does not keep the whole answer.
      this.#known.set(signer, { envelope: Uint8Array.from(envelope), record })
    }
    return record
  }
}

function isEqual (a: Uint8Array, b: Uint8Array): boolean {
  return a.byteLength === b.byteLength && a.every((byte, i) => byte === b[i])
}
