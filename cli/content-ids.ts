/**
 * What people may give as an ID. in: text. out: a title, a segment or block of it, or an alias.
 */

import type { CID } from 'multiformats/cid'
import { DAG_CBOR_CODE, parseCid } from '../protocols/cid.ts'
import { parseSegmentId, type SegmentId } from '../protocols/content/index.ts'
import { InvalidArgumentError } from '../protocols/errors.ts'
import { MAX_ALIAS_LENGTH } from '../protocols/limits.ts'

export type ParsedId =
  | { kind: 'title', content: CID }
  | { kind: 'segment', id: SegmentId }
  | { kind: 'block', cid: CID }
  | { kind: 'alias', alias: string }

/** A CID in base32 as we print it; anything else without a slash is an alias. */
const CID_TEXT = /^ba[a-z2-7]{50,}$/

/** @throws InvalidArgumentError InvalidCidError */
export function parseId (text: string): ParsedId {
  if (text.includes('/')) return { kind: 'segment', id: parseSegmentId(text) }
  if (CID_TEXT.test(text)) {
    const cid = parseCid(text)
    return cid.code === DAG_CBOR_CODE ? { kind: 'title', content: cid } : { kind: 'block', cid }
  }
  if (text === '' || text.length > MAX_ALIAS_LENGTH) {
    throw new InvalidArgumentError(`"${text.slice(0, 80)}" is neither an ID nor an alias`)
  }
  return { kind: 'alias', alias: text }
}
