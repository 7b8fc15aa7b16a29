/**
 * How a daemon is not as it should be: what it does to others, and what its machine does to it.
 */

export const MISDEEDS = ['polluter', 'liar', 'free-rider', 'busy'] as const
/**
 * `polluter`: every block it sends is altered. `liar`: it has nothing of what it says it has.
 * `free-rider`: it tells and serves nothing. `busy`: it answers BUSY to every WANT.
 */
export type Misdeed = typeof MISDEEDS[number]

/** None of it unless given. */
export interface Conduct {
  misdeed?: Misdeed
  /** Before each block that it serves is read. */
  diskDelayMs?: number
  /** Of its clock, ahead; of all nodes of a process that share one. */
  clockSkewMs?: number
}
