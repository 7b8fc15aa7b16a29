/**
 * The page to listen on.
 * in: a gateway's catalogue, and where listeners meet. out: a title that plays, and where each of
 * its segments came from.
 *
 *   /listen/?tracker=https://meet.example.org#CONTENT_ID
 */

import type Hls from 'hls.js'
import { createPlayer, type P2pState, type SegmentNews } from '../player/index.ts'
import { titleUrl } from '../player/title-url.ts'
import { byId, element } from '../topology/element.ts'
import { figuresOf, neighbourRows, segmentItem } from './figures.ts'
import { Strip } from './strip.ts'
import { type Title, TitleChooser } from './titles.ts'
import { SOURCE_NAMES } from './words.ts'

const LOOK_MS = 1_000
const PLACES_MS = 5_000
const MAX_SEGMENTS_LISTED = 60
const STATES: Record<P2pState, string> = {
  unavailable: 'plays from servers',
  waiting: 'shares once it plays',
  asking: 'shares once it plays',
  refused: 'plays from servers',
  joining: 'looking for other listeners',
  joined: 'shares with other listeners',
  failed: 'found no meeting point, trying again',
  stopped: 'plays from servers'
}

const media = byId<HTMLVideoElement>('media')
const p2p = byId<HTMLInputElement>('p2p')
const player = createPlayer({ trackerUrls: await trackers() })
const strip = new Strip(byId('strip'), share => {
  if (Number.isFinite(media.duration)) media.currentTime = share * media.duration
})
const chooser = new TitleChooser(title => { location.hash = title.id })
let titles: Title[] = []
let hls: Hls | undefined
let detach = (): void => {}
let current = ''

/** Of the URL, else those that the gateway names. */
async function trackers (): Promise<string[]> {
  const given = new URLSearchParams(location.search).getAll('tracker')
  if (given.length > 0) return given
  try {
    const answer = await fetch('places.json', { signal: AbortSignal.timeout(PLACES_MS) })
    return (await answer.json() as { trackers: string[] }).trackers
  } catch {
    return [] // Servers alone will do.
  }
}

async function choose (id: string): Promise<void> {
  if (id === '' || id === current) return
  current = id
  detach()
  strip.clear()
  byId('segments').replaceChildren()
  byId('trouble').textContent = ''
  const title = titles.find(one => one.id === id)?.title ?? id
  byId('playing').textContent = title
  document.title = `${title} – cdnd player`
  chooser.mark(id)
  try {
    const attached = await player.attach(media, titleUrl(location.origin, id))
    ;({ hls, detach } = attached)
    hls?.on('hlsLevelLoaded' as typeof Hls.Events.LEVEL_LOADED, (_event, { details }) => {
      strip.resize(details.fragments.length)
    })
    // Browsers play without a click only where somebody has played before.
    await media.play().catch(() => {})
  } catch (err) {
    byId('trouble').textContent = (err as Error).message
  }
}

function show (): void {
  media.classList.toggle('sound', media.videoWidth === 0)
  strip.move(media.duration > 0 ? media.currentTime / media.duration : 0)
  byId('figures').replaceChildren(...figuresOf({ metrics: player.metrics(), media, hls }))
}

async function showNeighbours (): Promise<void> {
  const neighbours = await player.neighbours()
  byId<HTMLTableElement>('peers').tBodies[0]!.replaceChildren(...neighbourRows(neighbours))
  byId('peers-state').textContent = neighbours.length === 0 ? 'nobody yet' : ''
}

function showState (state: P2pState): void {
  byId('state').textContent = STATES[state]
  byId('state').dataset.state = state
  p2p.disabled = state === 'unavailable'
  p2p.checked = !['unavailable', 'stopped', 'refused'].includes(state)
}

player.events.addEventListener('segment', event => {
  const news = (event as CustomEvent<SegmentNews>).detail
  if (news.content !== current) return
  strip.add(news)
  const list = byId('segments')
  list.prepend(segmentItem(news))
  if (list.childElementCount > MAX_SEGMENTS_LISTED) list.lastElementChild?.remove()
  byId('trouble').textContent = ''
})
player.events.addEventListener('p2p', event => {
  showState((event as CustomEvent<{ state: P2pState }>).detail.state)
})
player.events.addEventListener('error', event => {
  const { message } = (event as CustomEvent<{ message: string }>).detail
  byId('trouble').textContent = `${message}: trying again`
})
p2p.addEventListener('change', () => {
  void (p2p.checked ? player.startP2p() : player.stopP2p())
})
addEventListener('hashchange', () => { void choose(location.hash.slice(1)) })

byId('legend').append(...Object.entries(SOURCE_NAMES).map(([source, name]) => {
  const mark = element('span')
  mark.dataset.source = source
  return element('li', {}, mark, name)
}))
showState(player.p2p)
show()
setInterval(() => {
  show()
  void showNeighbours()
}, LOOK_MS)
try {
  titles = await chooser.load()
} catch (err) {
  byId('titles-state').textContent = (err as Error).message
}
await choose(location.hash.slice(1))
