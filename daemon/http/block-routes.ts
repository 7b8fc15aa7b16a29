/**
 * Blocks over HTTP, for peers: `/blocks/{cid}[?content={id}]`. With the title a block is fetched
 * if need be; without it only what lies in our store is given, for nobody can say who has the rest.
 */

import { parseCid } from '../../protocols/cid.ts'
import { ContentNotFoundError, InvalidArgumentError } from '../../protocols/errors.ts'
import { requestSignal } from './request-signal.ts'
import { etagOf, isKnown, sendFile } from './send-file.ts'
import { READ } from './server.ts'
import type { CID } from 'multiformats/cid'
import type { FetchedBlock } from '../retrieval/index.ts'
import type { Outgoing } from './outgoing.ts'
import type { Routes } from './server.ts'
import type { CallOptions, GatewayComponents } from './types.ts'

type Components = Pick<GatewayComponents, 'retrieval' | 'store'>

export const blockRoutes = (components: Components, outgoing: Outgoing): Routes => app => {
  app.route<{ Params: { cid: string }, Querystring: { content?: unknown } }>({
    method: READ,
    url: '/blocks/:cid',
    handler: async (request, reply) => {
      const cid = parseCid(request.params.cid)
      const content = contentIn(request.query.content)
      if (isKnown(request.headers['if-none-match'], cid)) {
        return reply.code(304).header('etag', etagOf(cid)).send()
      }
      outgoing.assertRoom()
      const options = { signal: requestSignal(reply) }
      const { bytes, delivery } = content === undefined
        ? await readLocal(cid, components.store, options)
        : await components.retrieval.block({ cid, content }, options)
      return sendFile(request, reply, {
        cid,
        size: bytes.byteLength,
        type: 'application/vnd.ipld.raw',
        chunks: [bytes],
        deliveries: [delivery]
      }, outgoing)
    }
  })
}

async function readLocal (
  cid: CID, store: Components['store'], options: CallOptions
): Promise<FetchedBlock> {
  const bytes = await store.get(cid, options)
  if (bytes !== undefined) {
    const { byteLength } = bytes
    return { bytes, delivery: { source: 'local', path: [], elapsedMs: 0, bytes: byteLength } }
  }
  throw new ContentNotFoundError(`${cid} is not in this node's store: add ?content=<content ID>`)
}

function contentIn (written: unknown): CID | undefined {
  if (written === undefined) return undefined
  if (typeof written === 'string') return parseCid(written)
  throw new InvalidArgumentError('give one ?content=<content ID>')
}
