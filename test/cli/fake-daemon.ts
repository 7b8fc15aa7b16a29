/**
 * cdn-cli run in memory against a daemon's answers. in: a command line, what the daemon answers.
 * out: what was printed and the exit code.
 */

import { runCli } from '../../cli/cdn-cli.ts'
import type { CliContext } from '../../cli/context.ts'
import { openManifest } from '../../protocols/content/index.ts'
import { ControlClient } from '../../protocols/control/client.ts'
import { type Fetch, HttpCaller } from '../../protocols/control/http-caller.ts'
import { NoDaemonError } from '../../protocols/errors.ts'
import type { Role } from '../../protocols/exchange/index.ts'
import type { SampleTitle } from '../protocols/content/titles.ts'

type Maybe<T> = T | undefined

export type Answer = (path: string, request: Request) => Maybe<Response> | Promise<Maybe<Response>>

export interface Run {
  code: number
  stdout: string
  stderr: string
  /** Shares shown by the progress bar. */
  shares: number[]
  /** `method path` of every request. */
  requests: string[]
  preferred: Role | undefined
}

const TIMEOUTS = { timeoutMs: 1000, fetchTimeoutMs: 1000 }

/** Without `answer`, no daemon is running. */
export async function run (
  argv: string[], answer?: Answer, init: { signal?: AbortSignal } = {}
): Promise<Run> {
  const seen: Run = {
    code: 0, stdout: '', stderr: '', shares: [], requests: [], preferred: undefined
  }
  const decoder = new TextDecoder('latin1')
  const client = answer === undefined ? undefined : clientOf(answer, seen)
  const connect: CliContext['connect'] = async (_options, preferred) => {
    seen.preferred = preferred
    if (client === undefined) throw new NoDaemonError('no daemon is running')
    return client
  }
  const code = await runCli(argv, {
    stdout: {
      write (text) { seen.stdout += typeof text === 'string' ? text : decoder.decode(text) }
    },
    stderr: { write (text) { seen.stderr += text } },
    progress: { show: (_what, share) => { seen.shares.push(share) }, end () {} },
    signal: init.signal ?? new AbortController().signal,
    connect,
    withNode: async (options, use) => await use(await connect(options))
  })
  return { ...seen, code }
}

/** Answers for blocks and segments of a title, as a gateway does. */
export function gatewayOf ({ held, id, load }: SampleTitle): Answer {
  return async path => {
    const [, kind, ...rest] = path.split('/')
    if (kind === 'blocks') return bytesOr404(held.get(rest[0]!.split('?')[0]!))
    if (kind !== 'segments' || rest[0] !== `${id}`) return undefined
    const manifest = await openManifest(id, load)
    const { blocks } = await manifest.index(rest[1]!).segment(Number(rest[2]))
    const bytes = Buffer.concat(blocks.map(({ cid }) => held.get(`${cid}`)!))
    return new Response(bytes, { headers: { 'cdnd-sources': `peer=${bytes.length}` } })
  }
}

export function failure (error: string, message: string, status = 404): Response {
  return Response.json({ error, message }, { status })
}

function bytesOr404 (bytes: Uint8Array | undefined): Response {
  if (bytes === undefined) return failure('ContentNotFoundError', 'nobody has this block')
  return new Response(Buffer.from(bytes))
}

function clientOf (answer: Answer, seen: Run): ControlClient {
  const fetch: Fetch = async (url, init) => {
    const request = new Request(String(url), init)
    const { pathname, search } = new URL(request.url)
    seen.requests.push(`${request.method} ${pathname}`)
    const given = await answer(pathname + search, request)
    return given ?? failure('NotFoundError', `no route ${pathname}`)
  }
  return new ControlClient(
    new HttpCaller({ ...TIMEOUTS, url: 'http://127.0.0.1:2', token: 'secret' }, fetch),
    new HttpCaller({ ...TIMEOUTS, url: 'http://127.0.0.1:1' }, fetch)
  )
}
