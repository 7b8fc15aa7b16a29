/**
 * The tracker's end of `/cdnd/tracker/1.0.0`: one question, one answer a stream.
 * in: streams from anybody.
 * out: what the service answers, or a named error; a stream that sends no message is reset.
 */

import type { Connection, Logger, Stream } from '@libp2p/interface'
import { lpStream, tryGetNetConfig } from '@libp2p/utils'
import { TRACKER_TIMEOUT_MS } from '../limits.ts'
import { toAnswer } from './answered-error.ts'
import { FRAME_LIMITS } from './libp2p-transport.ts'
import {
  type Answer, decodeQuestion, encodeAnswer, type Question, TRACKER_PROTOCOL
} from './message.ts'
import type { Caller, TrackerService } from './types.ts'

export interface TrackerServerComponents {
  service: TrackerService
  /** Such as a libp2p node. */
  registrar: {
    handle (
      protocol: string,
      handler: (stream: Stream, connection: Connection) => void | Promise<void>,
      options: { maxInboundStreams: number }
    ): Promise<void>
    unhandle (protocol: string): Promise<void>
  }
  log?: Logger
}

/** Streams one connection may have open: a node asks few things at once. */
const MAX_STREAMS_PER_CONNECTION = 32

export class TrackerServer {
  readonly #components: TrackerServerComponents

  constructor (components: TrackerServerComponents) {
    this.#components = components
  }

  async start (): Promise<void> {
    await this.#components.registrar.handle(TRACKER_PROTOCOL, async (stream, connection) => {
      await this.#serve(stream, connection)
    }, { maxInboundStreams: MAX_STREAMS_PER_CONNECTION })
  }

  async stop (): Promise<void> {
    await this.#components.registrar.unhandle(TRACKER_PROTOCOL)
  }

  async #serve (stream: Stream, connection: Connection): Promise<void> {
    const signal = AbortSignal.timeout(TRACKER_TIMEOUT_MS)
    try {
      const frames = lpStream(stream, FRAME_LIMITS)
      const bytes = (await frames.read({ signal })).subarray()
      await frames.write(encodeAnswer(await this.#answer(bytes, callerOf(connection))), { signal })
      await stream.close({ signal })
    } catch (err) {
      const failure = err instanceof Error ? err : new Error(String(err))
      this.#components.log?.('refused a stream from %p: %s',
        connection.remotePeer, failure.message)
      stream.abort(failure)
    }
  }

  async #answer (bytes: Uint8Array, caller: Caller): Promise<Answer> {
    try {
      this.#components.service.admit(caller)
      return await answer(this.#components.service, decodeQuestion(bytes), caller)
    } catch (err) {
      const told = toAnswer(err)
      if (told.error === 'InternalError') {
        this.#components.log?.error('could not answer %p - %e', caller.peer, err)
      }
      return { type: 'error', ...told }
    }
  }
}

async function answer (
  service: TrackerService, question: Question, caller: Caller
): Promise<Answer> {
  switch (question.type) {
    case 'lookup': {
      const asker = { ...caller, region: question.region }
      return { type: 'providers', providers: await service.lookup(question.content, asker) }
    }
    case 'sources': {
      const asker = { ...caller, region: question.region }
      return { type: 'providers', providers: await service.httpSources(asker) }
    }
    case 'resolve': return { type: 'title', content: await service.resolve(question.segment) }
    default: {
      const { known } = await service.submit(question.type, question.envelope, caller)
      return { type: 'accepted', known }
    }
  }
}

/** Over a relay the address is the relay's, and says nothing of the caller. */
function callerOf ({ remotePeer, remoteAddr }: Connection): Caller {
  const isRelayed = remoteAddr.getComponents().some(({ name }) => name === 'p2p-circuit')
  const address = isRelayed ? null : tryGetNetConfig(remoteAddr)
  const isIp = address?.type === 'ip4' || address?.type === 'ip6'
  return { peer: remotePeer, ip: isIp ? address.host : undefined }
}
