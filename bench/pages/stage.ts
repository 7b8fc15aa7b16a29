/**
 * Where one scenario is played: servers, a site with one player, listeners who come one by one.
 * in: a player, a media file. out: the stage for as long as it is used; nothing is left then.
 */

import { setTimeout as sleep } from 'node:timers/promises'
import type { Listener } from './listener.ts'
import { ListeningSite } from './listening-site.ts'
import type { PageState } from './page-api.ts'
import type { PlayerName } from './player-scripts.ts'
import { Servers } from './servers.ts'

export interface StageInit {
  player: PlayerName
  /** Of the media file. */
  path: string
  seconds: number
  /** Between one listener and the next. */
  joinSeconds: number
  signal: AbortSignal
}

export interface Stage extends StageInit {
  servers: Servers
  site: ListeningSite
}

/** A figure's name → what it is. */
export type Figures = Record<string, string | number | undefined>

export const LISTENERS = 3
/** A page has loaded its scripts when its listener presses play. */
const SETTLE_MS = 3_000
/** Beyond the title's own length. */
const PATIENCE_MS = 30_000

export async function withStage<T> (
  init: StageInit, use: (stage: Stage) => Promise<T>
): Promise<T> {
  init.signal.throwIfAborted()
  const servers = await Servers.open({
    path: init.path, hasTorrentTracker: init.player === 'p2p-media-loader'
  })
  try {
    const { bootstraps, torrentTrackers, title, urls } = servers
    const { signal } = init
    const site = await ListeningSite.open(init.player, {
      bootstraps, torrentTrackers, title, servers: urls, signal
    })
    const closed = new Promise<never>((_resolve, reject) => {
      signal.addEventListener('abort', () => { reject(signal.reason) }, { once: true })
    })
    try {
      signal.throwIfAborted()
      return await Promise.race([use({ ...init, servers, site }), closed])
    } finally {
      await site.close()
    }
  } finally {
    await servers.close()
  }
}

export const pause = async ({ signal }: StageInit, ms: number): Promise<void> => {
  await sleep(ms, undefined, { signal })
}

/** Opens a page, and presses play once it is loaded. */
export async function arrive (
  stage: Stage, options: { isLiar?: boolean } = {}
): Promise<Listener> {
  const listener = await stage.site.listener(options)
  await pause(stage, SETTLE_MS)
  await listener.play()
  return listener
}

/** So many come, `joinSeconds` apart. */
export async function arriveInTurn (stage: Stage, count: number): Promise<Listener[]> {
  const startMs = performance.now()
  const listeners: Listener[] = []
  for (let i = 0; i < count; i++) {
    const dueMs = startMs + i * stage.joinSeconds * 1000
    await pause(stage, Math.max(0, dueMs - performance.now()))
    listeners.push(await arrive(stage))
  }
  return listeners
}

/** Until each has played to the end, or cannot go on, or should long have. */
export async function untilAllEnded (
  { seconds }: Stage, listeners: Listener[]
): Promise<PageState[]> {
  await Promise.all(listeners.map(listener => listener.until(
    ({ isEnded }) => isEnded, seconds * 1000 + PATIENCE_MS)))
  return await Promise.all(listeners.map(listener => listener.read()))
}

/** `3 of 3`; with where the others stand. */
export function endsOf (states: PageState[]): string {
  const ended = states.filter(({ isEnded }) => isEnded).length
  const others = states.filter(({ isEnded }) => !isEnded)
    .map(({ currentSeconds }) => `${currentSeconds.toFixed(0)} s`)
  return `${ended} of ${states.length}${others.length > 0 ? ` (at ${others.join(', ')})` : ''}`
}

export function stallsOf (states: PageState[]): string {
  const stalls = states.reduce((sum, one) => sum + one.stalls, 0)
  const ms = states.reduce((sum, { stalledMs }) => sum + stalledMs, 0)
  return ms === 0 ? '0' : `${stalls}, ${(ms / 1000).toFixed(1)} s`
}

/** Segments that hls.js was given and that are not the publisher's. */
export function wrongSegments ({ servers }: Stage, { given }: PageState): number {
  return given.filter(hash => !servers.title.segmentHashes.has(hash)).length
}

export const percent = (share: number): string => `${(100 * share).toFixed(1)} %`
export const times = (ratio: number): string => `${ratio.toFixed(2)} ×`
export const sum = (values: number[]): number => values.reduce((all, value) => all + value, 0)
