/**
 * A graph as it is sent. in: a graph, which nobody changes any more.
 * out: its JSON and the ETag of that, made once.
 */

import { createHash } from 'node:crypto'
import type { Graph } from '../../protocols/topology/index.ts'

export interface EncodedGraph { json: Buffer, etag: string }

const ETAG_LENGTH = 22
const encoded = new WeakMap<Graph, EncodedGraph>()

export function encodedGraph (graph: Graph): EncodedGraph {
  const known = encoded.get(graph)
  if (known != null) return known
  const json = Buffer.from(JSON.stringify(graph))
  const hash = createHash('sha256').update(json).digest('base64url').slice(0, ETAG_LENGTH)
  const fresh = { json, etag: `"${hash}"` }
  encoded.set(graph, fresh)
  return fresh
}
