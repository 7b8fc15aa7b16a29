/**
 * The figures as the page has them. Pure.
 * in: all of them, then step by step. out: the steps of the last while, and curves over the hour.
 */

import {
  type Figures, type FiguresDelta, type Step, type Summary, summaryOf, sumOf
} from '../../protocols/dashboard/index.ts'

export const HOUR_MS = 3_600_000

/** A point of a curve speaks of so much time: nodes report once in half a minute each. */
const SMOOTH_MS = 120_000

/** Curves over the same moments; null where nothing is known. */
export interface Curves {
  /** Seconds, epoch. */
  at: number[]
  /** Bits per second. */
  peer: number[]
  edge: number[]
  origin: number[]
  /** Shares of a hundred. */
  peerShare: Array<number | null>
  saved: Array<number | null>
  rebuffering: Array<number | null>
  /** Milliseconds. */
  p50: Array<number | null>
  p95: Array<number | null>
  /** Bits per second of media. */
  bitrate: Array<number | null>
  nodes: number[]
  reporting: number[]
}

export function withStep (figures: Figures, { step, ...rest }: FiguresDelta): Figures {
  const steps = [...figures.steps, step].filter(({ atMs }) => atMs > step.atMs - HOUR_MS)
  return { ...figures, ...rest, steps }
}

export function lately ({ steps }: Pick<Figures, 'steps'>, spanMs: number): Step[] {
  const lastMs = steps.at(-1)?.atMs ?? 0
  return steps.filter(({ atMs }) => atMs > lastMs - spanMs)
}

export function curvesOf ({ steps, stepMs }: Pick<Figures, 'steps' | 'stepMs'>): Curves {
  const count = Math.max(1, Math.round(SMOOTH_MS / stepMs))
  const points = steps.map((step, i) => {
    const window = steps.slice(Math.max(0, i + 1 - count), i + 1)
    const peers = sumOf(window.map(({ sums }) => sums.peer))
    const perSecond = (bytes: number): number => bytes * 8_000 / (window.length * stepMs)
    return { step, summary: summaryOf(window), peers, perSecond }
  })
  const curve = (of: (summary: Summary) => number | undefined, factor = 1) =>
    points.map(({ summary }) => {
      const value = of(summary)
      return value === undefined ? null : value * factor
    })
  return {
    at: steps.map(({ atMs }) => atMs / 1_000),
    peer: points.map(({ peers, perSecond }) => perSecond(peers.peer)),
    edge: points.map(({ peers, perSecond }) => perSecond(peers.edge)),
    origin: points.map(({ peers, perSecond }) => perSecond(peers.origin)),
    peerShare: curve(({ peer }) => peer, 100),
    saved: curve(({ saved }) => saved, 100),
    rebuffering: curve(({ rebuffering }) => rebuffering, 100),
    p50: curve(({ p50Ms }) => p50Ms),
    p95: curve(({ p95Ms }) => p95Ms),
    bitrate: curve(({ bitrate }) => bitrate),
    nodes: steps.map(({ nodes }) => Object.values(nodes).reduce((sum, some) => sum + some, 0)),
    reporting: steps.map(({ reporting }) => reporting)
  }
}
