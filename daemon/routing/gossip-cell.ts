/**
 * How finely a region is split, so that no topic has many nodes.
 * in: where we are, whom we hear there, and where the peers we are connected to are. out: the
 * number of leading bits of our short ID that name our cell. Pure.
 *
 * All of a cell hear the same records, so they move at about the same time, provided that nobody
 * moves before it was heard. Who comes later goes where those of its connections are that share the
 * cell's bits. The DHT sees to it that there are such: it keeps the contacts that share the most.
 */

/** A topic with more is split. */
export const MAX_CELL_NODES = 128
/** Past so many it is left at once, heard or not: thousands have started together. */
export const MAX_TELLERS = 2 * MAX_CELL_NODES
/** A cell with fewer, for long, is given up for the one it was split from. */
const MIN_CELL_NODES = 24
const LONELY_MS = 10 * 60_000
/** After a move we do not follow others, who may move as we did, only later. */
const SETTLE_MS = 2 * 60_000
/** Enough for eight million nodes of one region. */
export const MAX_CELL_BITS = 16

export interface CellView {
  bits: number
  /** Since we moved there; Infinity when we have not moved yet. */
  movedMs: number
  /** The others know of us. */
  isHeard: boolean
  /** Records held of nodes, ourselves among them, in the cell of ours of so many bits. */
  nodesAt: (bits: number) => number
  /** Peers we are connected to that follow that cell's topic. */
  followersAt: (bits: number) => number
}

/** The bits to have from now on; the same in most cases. */
export function cellBits ({ bits, movedMs, isHeard, nodesAt, followersAt }: CellView): number {
  const nodes = nodesAt(bits)
  if (isHeard ? nodes > MAX_CELL_NODES : nodes >= MAX_TELLERS) {
    return Math.min(MAX_CELL_BITS, bits + 1)
  }
  if (movedMs < SETTLE_MS) return bits
  const crowd = mostFollowed(bits, followersAt)
  if (nodesAt(crowd) <= MAX_CELL_NODES && crowd !== bits) return crowd
  const isLonely = movedMs >= LONELY_MS && movedMs < Infinity && nodes < MIN_CELL_NODES
  return bits > 0 && isLonely ? bits - 1 : bits
}

/** Where most are; where we are, when that is as good. */
function mostFollowed (bits: number, followersAt: CellView['followersAt']): number {
  let best = bits
  for (let other = 0; other <= MAX_CELL_BITS; other++) {
    if (followersAt(other) > followersAt(best)) best = other
  }
  return best
}
