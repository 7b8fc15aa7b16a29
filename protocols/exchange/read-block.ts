/**
 * From a WANT whose turn it is to the bytes of its block.
 * in: a transfer. out: its bytes in it; or it is finished, and answered BUSY or MISSING.
 */

import type { Logger } from '@libp2p/interface'
import type { Clock } from '../clock.ts'
import type { Client, Seat, Transfer } from './seat.ts'
import type { Admission, Inventory } from './types.ts'

export interface ReaderComponents {
  inventory: Inventory
  /** Sends away who comes when we are full; on edges and origins. */
  admission?: Admission
  now: Clock
  log: Logger
}

/** Never rejects. Up to the read it is synchronous: who is sent away is told at once. */
export async function readBlock (
  components: ReaderComponents, seat: Seat, transfer: Transfer
): Promise<void> {
  const { inventory, log } = components
  if (!isAdmitted(components, seat.client, transfer)) {
    seat.finish(transfer)
    return
  }
  const { id, cid, size, offset, block } = transfer.want
  const bytes = block ?? await inventory.get(cid).catch((err: unknown) => {
    log.error('could not read %c - %e', cid, err)
    return undefined
  })
  if (!seat.includes(transfer)) {
    return
  }
  const isMissing = bytes == null || bytes.byteLength > size ||
    (offset > 0 && bytes.byteLength <= offset)
  if (transfer.isDropped) {
    seat.finish(transfer)
  } else if (isMissing) {
    seat.finish(transfer)
    seat.client.missing(id)
  }
  transfer.bytes = bytes
}

/** False when it came too late or was sent away, and has been told so. */
function isAdmitted (
  { admission, now }: ReaderComponents, client: Client, transfer: Transfer
): boolean {
  const { want } = transfer
  const { id, cid, content, deadlineMs, block } = want
  if (deadlineMs < now()) {
    client.busy(id, 0, want)
    return false
  }
  // What is passed on costs us no read.
  const answer = block != null ? undefined : admission?.enter({
    cid,
    isPlain: client.servingClass === 'edges',
    asker: client.id,
    ...(content != null && { content })
  })
  if (answer != null && !('leave' in answer)) {
    client.busy(id, answer.retryAfterMs, want, answer.providers)
    return false
  }
  transfer.entry = answer
  return true
}
