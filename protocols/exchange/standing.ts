/**
 * What peers deserve of our upload, pure.
 * in: what each gave, took and denied us. out: weights of their shares, and who has the extra one.
 *
 * Tit for tat, forgiving: who gave gets up to four times the share of a stranger. A stranger, or a
 * peer that was never asked, is not blamed for giving nothing. Only who took much and, being
 * asked, gave nothing gets no share but what is left over. One of those who did not give yet has a
 * fifth on top, another every 30 s, so that the new and the poor can begin and nobody starves.
 */

export interface Balance {
  readonly gaveBytes: number
  readonly tookBytes: number
  /** Asked of it, while it was busy or silent. */
  readonly deniedBytes: number
}

export type Standing = 'giver' | 'stranger' | 'rider'

/** Less is no merit: a first block must not buy a share. */
export const MERIT_BYTES = 1024 * 1024

/** Taking so much without giving is nobody's fault. */
export const GRACE_BYTES = 8 * 1024 * 1024

/** A giver's weight is above 1 and below this; a stranger's is 1. */
export const MAX_WEIGHT = 4

/** How long one peer keeps the extra share. */
export const OPTIMISTIC_MS = 30_000

/** A rider gave less than this part of what it took, and of what we asked. */
const RIDER_SHARE = 0.02

export function standingOf ({ gaveBytes, tookBytes, deniedBytes }: Balance): Standing {
  if (gaveBytes >= MERIT_BYTES) {
    return 'giver'
  }
  const isRider = tookBytes >= GRACE_BYTES && gaveBytes < tookBytes * RIDER_SHARE &&
    deniedBytes >= MERIT_BYTES && gaveBytes < deniedBytes * RIDER_SHARE
  return isRider ? 'rider' : 'stranger'
}

/** A weight for each: givers by what they gave beside the average giver. */
export function weightsOf (balances: readonly Balance[]): number[] {
  const given = balances.filter(each => standingOf(each) === 'giver')
  const mean = given.reduce((sum, { gaveBytes }) => sum + gaveBytes, 0) / given.length
  return balances.map(balance => weightOf(balance, mean))
}

function weightOf (balance: Balance, meanBytes: number): number {
  switch (standingOf(balance)) {
    case 'giver':
      return 1 + (MAX_WEIGHT - 1) * balance.gaveBytes / (balance.gaveBytes + meanBytes)
    case 'stranger': return 1
    case 'rider': return 0
  }
}

/** Who may have the extra share: the strangers and riders, where somebody is above them. */
export function isCandidate (weight: number, heaviest: number): boolean {
  return weight <= 1 && weight < heaviest
}
