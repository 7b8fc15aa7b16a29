/**
 * Questions and answers of `/cdnd/tracker/1.0.0`: one question and one answer a stream, each an
 * unsigned-varint length and that many bytes of DAG-CBOR, at most MAX_TRACKER_MESSAGE_BYTES.
 *
 *   {type: 'announce' | 'heartbeat' | 'withdraw' | 'leave', envelope: bytes}
 *                                                → {type: 'accepted', known: bool}
 *   {type: 'lookup', content: CID, region?}      → {type: 'providers', providers:
 *                                                   [{envelope, renditions?, rttMs?,
 *                                                     interested?}]}
 *   {type: 'sources', region?}                   → {type: 'providers', providers: […]}
 *   {type: 'resolve', segment: CID}              → {type: 'title', content?: CID}
 *   any                                          → {type: 'error', error: name, message, reason?}
 */

import * as z from 'zod/mini'
import { InvalidMessageError } from '../errors.ts'
import {
  MAX_ENVELOPE_BYTES, MAX_PROVIDERS, MAX_RECORD_BYTES, MAX_TRACKER_MESSAGE_BYTES
} from '../limits.ts'
import {
  bytesUpTo, encodeFields, link, milliseconds, parseDagCbor, regionName, renditions
} from './fields.ts'
import { STATEMENT_KINDS } from './statement.ts'

export const TRACKER_PROTOCOL = '/cdnd/tracker/1.0.0'

const MAX_ERROR_NAME_LENGTH = 64
const MAX_ERROR_MESSAGE_LENGTH = 1024

export const HandedOutShape = z.object({
  envelope: bytesUpTo(MAX_RECORD_BYTES),
  renditions: z.optional(renditions),
  rttMs: z.optional(milliseconds),
  interested: z.optional(z.boolean())
})

export const ErrorShape = z.object({
  error: z.string().check(z.maxLength(MAX_ERROR_NAME_LENGTH)),
  message: z.string().check(z.maxLength(MAX_ERROR_MESSAGE_LENGTH)),
  reason: z.optional(z.string().check(z.maxLength(MAX_ERROR_NAME_LENGTH)))
})

const QuestionShape = z.discriminatedUnion('type', [
  z.object({ type: z.enum(STATEMENT_KINDS), envelope: bytesUpTo(MAX_ENVELOPE_BYTES) }),
  z.object({ type: z.literal('lookup'), content: link, region: z.optional(regionName) }),
  z.object({ type: z.literal('sources'), region: z.optional(regionName) }),
  z.object({ type: z.literal('resolve'), segment: link })
])

const AnswerShape = z.discriminatedUnion('type', [
  z.object({ type: z.literal('accepted'), known: z.boolean() }),
  z.object({
    type: z.literal('providers'),
    providers: z.array(HandedOutShape).check(z.maxLength(MAX_PROVIDERS))
  }),
  z.object({ type: z.literal('title'), content: z.optional(link) }),
  z.extend(ErrorShape, { type: z.literal('error') })
])

export type Question = z.output<typeof QuestionShape>
export type Answer = z.output<typeof AnswerShape>
export type AnsweredError = z.output<typeof ErrorShape>

export const encodeQuestion = (question: Question): Uint8Array => encodeFields(question)

export function encodeAnswer (answer: Answer): Uint8Array {
  return answer.type === 'providers'
    ? encodeFields({ type: answer.type, providers: answer.providers.map(handedOutFields) })
    : encodeFields(answer)
}

/** @throws InvalidMessageError */
export const decodeQuestion = (bytes: Uint8Array): Question =>
  parseDagCbor(QuestionShape, bounded(bytes), 'question')

/** @throws InvalidMessageError */
export const decodeAnswer = (bytes: Uint8Array): Answer =>
  parseDagCbor(AnswerShape, bounded(bytes), 'answer')

function bounded (bytes: Uint8Array): Uint8Array {
  if (bytes.byteLength > MAX_TRACKER_MESSAGE_BYTES) {
    throw new InvalidMessageError(
      `a tracker message of ${bytes.byteLength} bytes, over ${MAX_TRACKER_MESSAGE_BYTES}`
    )
  }
  return bytes
}

/** As it stands in an answer. */
export function handedOutFields (
  { envelope, renditions, rttMs, interested }: z.output<typeof HandedOutShape>
): object {
  return {
    envelope,
    ...(renditions == null ? {} : { renditions }),
    ...(rttMs == null ? {} : { rttMs }),
    ...(interested === true && { interested })
  }
}
