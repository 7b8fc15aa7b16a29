/**
 * Publishing over the control API. in: {@link PublishRequest} as JSON. out: NDJSON, a line of
 * progress each, the last one `done` or `failed`.
 */

import { isAbsolute } from 'node:path'
import { Readable } from 'node:stream'
import { z } from 'zod'
import { InvalidArgumentError } from '../../protocols/errors.ts'
import { MAX_ALIAS_LENGTH, MAX_TITLE_LENGTH } from '../../protocols/limits.ts'
import { errorAnswer } from './error-response.ts'
import { requestSignal } from './request-signal.ts'
import type { FastifyReply } from 'fastify'
import type { PublishProgress, PublishRequest } from '../../protocols/control/index.ts'
import type { ControlActions } from './types.ts'

const MAX_PATH_LENGTH = 4096
const MAX_BITRATES = 16
const MAX_UNIT_LENGTH = 16

const FORM = z.strictObject({
  path: z.string().max(MAX_PATH_LENGTH).refine(path => isAbsolute(path) && !path.includes('\0'), {
    message: 'must be an absolute path on the machine of the daemon'
  }),
  title: z.string().max(MAX_TITLE_LENGTH).optional(),
  alias: z.string().max(MAX_ALIAS_LENGTH).optional(),
  bitrates: z.array(z.string().max(MAX_UNIT_LENGTH)).max(MAX_BITRATES).optional(),
  segment: z.string().max(MAX_UNIT_LENGTH).optional(),
  ladder: z.boolean().optional()
})

/** @throws InvalidArgumentError before the first line; later failures are the last line */
export async function streamPublish (
  actions: ControlActions, body: unknown, reply: FastifyReply
): Promise<FastifyReply> {
  if (actions.publish === undefined) {
    throw new InvalidArgumentError('this node does not publish: ask one that runs "cdnd origin"')
  }
  const { data, error } = FORM.safeParse(body)
  if (data === undefined) throw new InvalidArgumentError(z.prettifyError(error))
  const progress = actions.publish(withoutUndefined(data), { signal: requestSignal(reply) })
  return await reply.type('application/x-ndjson').header('cache-control', 'no-store')
    .send(Readable.from(linesOf(progress)))
}

async function * linesOf (progress: AsyncIterable<PublishProgress>): AsyncGenerator<string> {
  try {
    for await (const step of progress) yield `${JSON.stringify(step)}\n`
  } catch (err) {
    yield `${JSON.stringify({ stage: 'failed', ...errorAnswer(err).body })}\n`
  }
}

function withoutUndefined (data: z.output<typeof FORM>): PublishRequest {
  return Object.fromEntries(
    Object.entries(data).filter(([, value]) => value !== undefined)
  ) as unknown as PublishRequest
}
