/**
 * What stands in a URL, as a title. in: a content ID or an alias. out: the title's content ID.
 */

import { parseCid } from '../../protocols/cid.ts'
import { ContentNotFoundError, InvalidArgumentError } from '../../protocols/errors.ts'
import { MAX_ALIAS_LENGTH } from '../../protocols/limits.ts'
import { parseContentId } from '../../protocols/content/index.ts'
import { LRUCache } from 'lru-cache'
import type { CID } from 'multiformats/cid'
import type { CallOptions, Titles } from './types.ts'

/** CIDs as text begin so; no alias of ours does. */
const LIKE_CID = /^(baf|Qm|z)\w{20,}$/
const ALIAS = /^[\p{L}\p{N}][\p{L}\p{N} ._-]*$/u

/** Read once: every request for a title names it, and reading a CID takes longer than the rest. */
const contentIds = new LRUCache<string, CID>({ max: 1024 })

/** @throws InvalidArgumentError ContentNotFoundError for text that is neither, an unknown alias */
export async function resolveTitle (
  text: string, titles: Pick<Titles, 'resolve'>, options: CallOptions
): Promise<CID> {
  const known = contentIds.get(text)
  if (known !== undefined) return known
  if (LIKE_CID.test(text)) {
    const content = parseContentId(text)
    contentIds.set(text, content)
    return content
  }
  if (!ALIAS.test(text) || text.length > MAX_ALIAS_LENGTH) {
    throw new InvalidArgumentError(
      `"${text.slice(0, 80)}" is neither a content ID (bafy…) nor an alias`
    )
  }
  const content = await titles.resolve(text, options)
  if (content !== undefined) return content
  throw new ContentNotFoundError(`no title is called "${text}" here: give its content ID (bafy…)`)
}

/**
 * As {@link resolveTitle}, but the CID of a file of no title stands for itself.
 *
 * @throws InvalidCidError too
 */
export async function resolveHeld (
  text: string, titles: Pick<Titles, 'resolve'>, options: CallOptions
): Promise<CID> {
  return LIKE_CID.test(text) ? parseCid(text) : await resolveTitle(text, titles, options)
}
