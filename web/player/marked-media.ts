/**
 * Media elements that a page marks for us.
 *
 *   <audio controls data-cdnd="https://edge.example.org/hls/CONTENT_ID/master.m3u8"
 *     data-cdnd-tracker-urls="https://meet.example.org" data-cdnd-upload-limit="1MB/s"></audio>
 *
 * in: a document. out: each plays; those of the same options share one player, and so one node.
 */

import type { PlayerOptions } from './options.ts'
import type { Player } from './types.ts'

type Marked = Pick<HTMLMediaElement, 'dataset'>

const PREFIX = 'cdnd'
const LISTS = ['trackerUrls', 'servers', 'stunServers']
const FLAGS = ['enabled', 'relayOnly']
const NUMBERS = ['maxPeers', 'minViewers', 'joinAfterSegments']

/** Lists are words apart by spaces, `true` and `false` are so, all else is as it stands. */
export function optionsIn ({ dataset }: Marked): PlayerOptions {
  const options: Record<string, unknown> = {}
  for (const [key, text = ''] of Object.entries(dataset)) {
    if (!key.startsWith(PREFIX) || key === PREFIX) continue
    const name = key.charAt(PREFIX.length).toLowerCase() + key.slice(PREFIX.length + 1)
    options[name] = optionOf(name, text)
  }
  return options as PlayerOptions
}

export function playMarked (
  page: Pick<Document, 'querySelectorAll'>,
  createPlayer: (options: PlayerOptions) => Pick<Player, 'attach'>
): void {
  const players = new Map<string, Pick<Player, 'attach'>>()
  const marked = `audio[data-${PREFIX}], video[data-${PREFIX}]`
  for (const media of page.querySelectorAll<HTMLMediaElement>(marked)) {
    const options = optionsIn(media)
    const key = JSON.stringify(options)
    const player = players.get(key) ?? createPlayer(options)
    players.set(key, player)
    // As an error of any script: the page's author is to see it.
    player.attach(media, media.dataset[PREFIX]!).catch(err => { reportError(err) })
  }
}

function optionOf (name: string, text: string): unknown {
  if (LISTS.includes(name)) return text.split(/\s+/).filter(word => word !== '')
  if (NUMBERS.includes(name)) return Number(text)
  if (!FLAGS.includes(name)) return text
  return text === 'true' ? true : text === 'false' ? false : text
}
