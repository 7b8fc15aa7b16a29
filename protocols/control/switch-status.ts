/**
 * The software switch of an edge or origin, in numbers since its start.
 */

export interface SwitchStatus {
  /** Requests it would serve at once, now. */
  limit: number
  inFlight: number
  /**
   * `room`: within the limit. `kept`: in a slot kept for blocks that few hold. Past the limit:
   * `plain`, for players and edges, who have nobody else, and `alone`, blocks that no live peer is
   * known to hold.
   */
  served: { room: number, kept: number, plain: number, alone: number }
  /** `full`: past the limit. `common`: only kept slots were left, and many hold the block. */
  refused: { full: number, common: number }
}
