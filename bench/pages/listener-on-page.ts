/**
 * A listener in a page: presses play, and notes what it hears.
 * in: `globalThis.player`. out: `globalThis.listener`, see page-api.ts.
 */

import { lookAtConnections, wireBytes } from './peer-connections.ts'
import type Hls from 'hls.js'
import type { ListenerOnPage, PageState, PlayerOnPage, Told } from './page-api.ts'

const LOOK_MS = 500
/** A media element says that it waits when what it has ends within the frame, too. */
const LEAST_STALL_MS = 50

const { player } = globalThis as unknown as { player: PlayerOnPage }
const media = document.querySelector<HTMLMediaElement>('#media')!

let pressedMs = 0
let segmentBytes = Infinity
let startUpMs: number | undefined
let openedMs: number | undefined
let completeMs: number | undefined
let waitingSinceMs: number | undefined
let failure: string | undefined
let stalls = 0
let stalledMs = 0
let told: Told = { peerBytes: 0, serverBytes: 0, sentByPeersBytes: 0, neighbours: 0 }
const given: string[] = []

const listener: ListenerOnPage = {
  play: async init => {
    segmentBytes = init.segmentBytes
    pressedMs = performance.now()
    media.autoplay = true
    const hls = await player.play(media, init)
    if (hls != null) watch(hls)
    void keepLooking()
  },
  read: async () => {
    await look()
    const { currentTime: currentSeconds, ended: isEnded } = media
    return {
      currentSeconds, isEnded, stalls, stalledMs: stalledMs + stallNowMs(), given: [...given],
      wireBytes: wireBytes(), told, ...known({ startUpMs, openedMs, completeMs, failure })
    }
  },
  leave: async () => { await player.leave() }
}

media.addEventListener('playing', () => {
  const nowMs = performance.now()
  startUpMs ??= nowMs - pressedMs
  openedMs ??= nowMs
  const stallMs = stallNowMs()
  waitingSinceMs = undefined
  if (stallMs < LEAST_STALL_MS) return
  stalls++
  stalledMs += stallMs
})
media.addEventListener('waiting', () => {
  if (startUpMs != null && !media.seeking && !media.ended) waitingSinceMs ??= performance.now()
})

const stallNowMs = (): number =>
  waitingSinceMs == null || media.ended ? 0 : performance.now() - waitingSinceMs

function watch (hls: Hls): void {
  const { Events } = hls.constructor as typeof Hls
  hls.on(Events.FRAG_LOADED, (_event, { payload }) => {
    // hls.js may hand the buffer to its worker at once.
    void hexHash(payload.slice(0)).then(hash => { given.push(hash) })
  })
  hls.on(Events.ERROR, (_event, { fatal, details, error }) => {
    if (fatal) failure = `${details}: ${error.message}`
  })
}

async function keepLooking (): Promise<void> {
  for (;;) {
    await look()
    await new Promise(resolve => { setTimeout(resolve, LOOK_MS) })
  }
}

async function look (): Promise<void> {
  await lookAtConnections()
  told = await player.told()
  if (told.peerBytes + told.serverBytes < segmentBytes) return
  completeMs ??= performance.now() - pressedMs
}

async function hexHash (bytes: ArrayBuffer): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', bytes)
  return Array.from(new Uint8Array(digest), byte => byte.toString(16).padStart(2, '0')).join('')
}

function known<T extends Partial<PageState>> (values: T): T {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value != null)) as T
}

Object.assign(globalThis, { listener })
