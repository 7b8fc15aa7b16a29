/**
 * A segment's public name: `<content ID>/<rendition>/<n>`, n from 0.
 */

import type { CID } from 'multiformats/cid'
import { DAG_CBOR_CODE, parseCid } from '../cid.ts'
import { InvalidArgumentError } from '../errors.ts'
import { RENDITION_NAME } from './root.ts'

export interface SegmentId {
  content: CID
  rendition: string
  number: number
}

const NUMBER = /^(0|[1-9][0-9]{0,8})$/

export function formatSegmentId ({ content, rendition, number }: SegmentId): string {
  return `${content}/${rendition}/${number}`
}

/** @throws InvalidArgumentError that says which part is wrong and what it should look like */
export function parseSegmentId (text: string): SegmentId {
  const [content = '', rendition = '', number = '', ...rest] = text.split('/', 4)
  if (rest.length > 0 || !RENDITION_NAME.test(rendition) || !NUMBER.test(number)) {
    throw new InvalidArgumentError(
      `"${text.slice(0, 120)}" is not a segment ID: ` +
      'give <content ID>/<rendition>/<number>, such as bafy…/128k/0'
    )
  }
  return { content: parseContentId(content), rendition, number: Number(number) }
}

/** The content ID a text is; undefined for any other text. */
export function contentIdIn (text: string): CID | undefined {
  try {
    return parseContentId(text)
  } catch {
    return undefined
  }
}

/**
 * A content ID from its text.
 *
 * @throws InvalidArgumentError
 */
export function parseContentId (text: string): CID {
  let cid: CID | undefined
  let cause: unknown
  try {
    cid = parseCid(text)
  } catch (error) {
    cause = error
  }
  if (cid == null || !isContentId(cid)) {
    throw new InvalidArgumentError(
      `"${text.slice(0, 80)}" is not a content ID: give the bafy… name that publishing printed`,
      { cause }
    )
  }
  return cid
}

/** False for the name of a file or a block of media. */
export function isContentId (cid: CID): boolean {
  return cid.code === DAG_CBOR_CODE
}
