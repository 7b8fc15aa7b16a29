/**
 * What is told of a block once it is here.
 * in: the request that brought the last of it, and the parts. out: its delivery.
 */

import type { Ask } from './asks.ts'
import type { Delivery } from './types.ts'

export interface Arrival {
  /** Of the whole block. */
  bytes: number
  /** When the block was wanted, and when it was here; epoch milliseconds. */
  sinceMs: number
  nowMs: number
}

export function deliveryOf (
  ask: Ask, parts: Ask['head'], { bytes, sinceMs, nowMs }: Arrival
): Delivery {
  const { source } = ask
  return {
    source: source.kind,
    from: source.path?.at(-1) ?? source.id,
    path: [...source.path ?? [source.id]],
    ...(source.rttMs != null && { rttMs: source.rttMs }),
    elapsedMs: nowMs - sinceMs,
    bytes,
    ...(parts.length > 1 && {
      parts: parts.map(part => ({ source: part.source.kind, bytes: part.bytes.byteLength }))
    }),
    wire: wireOf(ask, nowMs)
  }
}

/** What came in one piece is measured from its request on, else what came after the first bytes. */
function wireOf (
  { startedMs, firstMs, firstBytes, receivedBytes }: Ask, toMs: number
): NonNullable<Delivery['wire']> {
  const rest = receivedBytes - firstBytes
  return firstMs != null && rest >= firstBytes
    ? { bytes: rest, fromMs: firstMs, toMs }
    : { bytes: receivedBytes, fromMs: startedMs, toMs }
}
