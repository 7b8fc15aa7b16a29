/**
 * Questions to a tracker over HTTP, with the same envelopes as over libp2p.
 * in: a question. out: the answer.
 */

import { base64 } from 'multiformats/bases/base64'
import * as z from 'zod/mini'
import { parseCid } from '../cid.ts'
import { InvalidMessageError, UpstreamError } from '../errors.ts'
import { MAX_PROVIDERS, MAX_TRACKER_MESSAGE_BYTES } from '../limits.ts'
import type { AskTracker } from './client.ts'
import { made, parseShape } from './fields.ts'
import { type Answer, ErrorShape, HandedOutShape, type Question } from './message.ts'

export const ENVELOPE_CONTENT_TYPE = 'application/vnd.ipld.dag-cbor'

/** JSON repeats in words what stands in the envelopes, and base64 adds a third. */
const MAX_JSON_BYTES = 4 * MAX_TRACKER_MESSAGE_BYTES

const ProvidersShape = z.object({
  providers: z.array(
    z.extend(HandedOutShape, { envelope: made(z.string(), text => base64.baseDecode(text)) })
  ).check(z.maxLength(MAX_PROVIDERS))
})
const AcceptedShape = z.object({ known: z.boolean() })
const TitleShape = z.object({ content: z.string() })

/** `url` is the tracker's base; `fetch` the platform's unless said otherwise. */
export function httpTransport (
  url: string, fetch: typeof globalThis.fetch = globalThis.fetch
): AskTracker {
  return async (question, { signal }) => {
    const { path, body } = requestFor(question)
    const response = await fetch(new URL(path, url), {
      signal,
      // A tracker that sends elsewhere would make us fetch whatever it likes.
      redirect: 'error',
      ...(body == null ? {} : {
        method: 'POST', body, headers: { 'content-type': ENVELOPE_CONTENT_TYPE }
      })
    })
    const json = await readJson(response)
    return response.ok ? answerTo(question, json) : failure(question, response.status, json)
  }
}

function requestFor (question: Question): { path: string, body?: Uint8Array<ArrayBuffer> } {
  switch (question.type) {
    case 'lookup': return { path: `providers/${question.content}${regionQuery(question.region)}` }
    case 'sources': return { path: `sources${regionQuery(question.region)}` }
    case 'resolve': return { path: `segments/${question.segment}` }
    default: return { path: question.type, body: new Uint8Array(question.envelope) }
  }
}

const regionQuery = (region?: string): string =>
  region == null ? '' : `?region=${encodeURIComponent(region)}`

function answerTo (question: Question, json: unknown): Answer {
  switch (question.type) {
    case 'lookup':
    case 'sources': return { type: 'providers', ...parseShape(ProvidersShape, json, 'answer') }
    case 'resolve': {
      const { content } = parseShape(TitleShape, json, 'answer')
      return { type: 'title', content: parseCid(content) }
    }
    default: return { type: 'accepted', ...parseShape(AcceptedShape, json, 'answer') }
  }
}

function failure (question: Question, status: number, json: unknown): Answer {
  const error = parseShape(ErrorShape, json, 'answer')
  if (question.type === 'resolve' && status === 404 && error.error === 'ContentNotFoundError') {
    return { type: 'title' }
  }
  return { type: 'error', ...error }
}

async function readJson (response: Response): Promise<unknown> {
  const decoder = new TextDecoder()
  let text = ''
  let bytes = 0
  for await (const chunk of chunks(response)) {
    bytes += chunk.byteLength
    if (bytes > MAX_JSON_BYTES) {
      throw new InvalidMessageError(`the tracker answered more than ${MAX_JSON_BYTES} bytes`)
    }
    text += decoder.decode(chunk, { stream: true })
  }
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new UpstreamError(`the tracker answered ${response.status} without JSON`, { cause })
  }
}

/** As an iterator, which not every browser's streams are. Leaving it cancels the body. */
async function * chunks (response: Response): AsyncGenerator<Uint8Array> {
  const reader = response.body?.getReader()
  try {
    while (reader != null) {
      const { done, value } = await reader.read()
      if (done) {
        return
      }
      yield value
    }
  } finally {
    await reader?.cancel()
  }
}
