/**
 * The servers of the browser benchmark: a bootstrap, an origin with one title, an edge that has all
 * of it, and a torrent tracker where pages meet at one.
 * in: a media file. out: where it is played from, and what the servers sent to pages.
 */

import { join } from 'node:path'
import {
  gatewayOf, NetworkRig, type Published, servedTitle, until
} from '../../test/e2e/network-rig.ts'
import type { DaemonProcess } from '../../testnet/daemon-process.ts'
import { mediaFiles } from '../../testnet/player.ts'
import { CountedDoor } from './counted-door.ts'

export interface TitleFiles {
  url: string
  /** Init sections and segments. */
  totalBytes: number
  segmentBytes: number
  /** sha-256 of each segment, in hex. */
  segmentHashes: ReadonlySet<string>
}

interface TorrentTracker { url: string, close: () => Promise<void> }

export interface ServersInit {
  /** Audio, or video where its name ends in .mp4. */
  path: string
  /** It needs the packages of bench/peers. */
  hasTorrentTracker: boolean
}

/** A browser dials daemons over WebRTC. */
const LISTEN = ['/ip4/127.0.0.1/tcp/0', '/ip4/127.0.0.1/udp/0/webrtc-direct']
const TORRENT_TRACKER = join(import.meta.dirname, '..', 'peers', 'torrent-tracker.js')
export const SEGMENT_SECONDS = 4
const AUDIO_RATE = '128k'

export class Servers {
  readonly title: TitleFiles
  /** URLs of edge and origin. */
  readonly urls: string[]
  readonly bootstraps: string[]
  readonly torrentTrackers: string[]
  readonly #rig: NetworkRig
  readonly #servers: DaemonProcess[]
  readonly #doors: CountedDoor[]
  readonly #tracker: TorrentTracker | undefined
  #sentBefore = 0
  #doorsBefore = 0

  private constructor (
    rig: NetworkRig, bootstrap: DaemonProcess, servers: DaemonProcess[], doors: CountedDoor[],
    tracker: TorrentTracker | undefined, title: TitleFiles
  ) {
    this.#rig = rig
    this.#servers = servers
    this.#doors = doors
    this.#tracker = tracker
    this.title = title
    this.urls = doors.map(({ url }) => url)
    this.bootstraps = [gatewayOf(bootstrap)]
    this.torrentTrackers = tracker == null ? [] : [tracker.url]
  }

  static async open ({ path, hasTorrentTracker }: ServersInit): Promise<Servers> {
    const rig = await NetworkRig.open({ dht: { enabled: 'off' }, listen: LISTEN })
    const doors = [await CountedDoor.open(), await CountedDoor.open()]
    const [edgeDoor, originDoor] = doors as [CountedDoor, CountedDoor]
    const ends: Array<() => Promise<unknown>> = [
      () => rig.close(), ...doors.map(door => () => door.close())
    ]
    try {
      const tracker = hasTorrentTracker ? await openTracker() : undefined
      if (tracker != null) ends.push(tracker.close)
      const bootstrap = await rig.start('bootstrap')
      const origin = await rig.start('origin', 'origin', { publicUrl: originDoor.url })
      originDoor.lead(gatewayOf(origin))
      const edge = await rig.start('edge', 'edge', { publicUrl: edgeDoor.url })
      edgeDoor.lead(gatewayOf(edge))
      const bitrates = path.endsWith('.mp4') ? {} : { bitrates: [AUDIO_RATE] }
      const published = await rig.publish(origin, {
        path, segment: `${SEGMENT_SECONDS}s`, ...bitrates
      })
      await until(async () => (await rig.status(edge)).httpSources.length > 0,
        'the edge to know the origin')
      const title = await titleAt(edge, published, edgeDoor.url)
      const servers = new Servers(rig, bootstrap, [edge, origin], doors, tracker, title)
      await servers.countFromHere()
      return servers
    } catch (err) {
      await Promise.all(ends.map(end => end()))
      throw err
    }
  }

  /** What was sent before, as to fill the edge, does not count. */
  async countFromHere (): Promise<void> {
    this.#sentBefore = await this.#uploadedBytes()
    this.#doorsBefore = this.#doorBytes()
  }

  /**
   * Bytes that edge and origin sent since: those that passed the doors, with HTTP's heads, or those
   * that they count themselves, without heads but with the exchange, whichever are more.
   */
  async sentBytes (): Promise<number> {
    return Math.max(await this.#uploadedBytes() - this.#sentBefore,
      this.#doorBytes() - this.#doorsBefore)
  }

  /** Edge and origin are gone, as `kill -9` does it; bootstrap and tracker go on. */
  async kill (): Promise<void> {
    await Promise.all([
      ...this.#servers.map(server => server.kill()), ...this.#doors.map(door => door.close())
    ])
  }

  async close (): Promise<void> {
    await Promise.all([
      this.#rig.close(), this.#tracker?.close(), ...this.#doors.map(door => door.close())
    ])
  }

  #doorBytes (): number {
    return this.#doors.reduce((sum, { sentBytes }) => sum + sentBytes, 0)
  }

  async #uploadedBytes (): Promise<number> {
    const running = this.#servers.filter(({ isRunning }) => isRunning)
    const told = await Promise.all(running.map(server => this.#rig.status(server)))
    return told.reduce((sum, { uploadedBytes }) => sum + uploadedBytes, 0)
  }
}

async function openTracker (): Promise<TorrentTracker> {
  const { openTracker: open } = await import(TORRENT_TRACKER) as
    { openTracker: () => Promise<TorrentTracker> }
  return await open()
}

/** All of it is at the edge then. */
async function titleAt (
  edge: DaemonProcess, published: Published, url: string
): Promise<TitleFiles> {
  const hashes = await servedTitle(edge, published)
  const segments = [...hashes].filter(([name]) => name.endsWith('.m4s'))
  const sizes = { init: 0, segments: 0 }
  for (const rendition of published.renditions) {
    const base = `${gatewayOf(edge)}/hls/${published.id}/${rendition}`
    for (const { name } of await mediaFiles(`${base}/index.m3u8`)) {
      const head = await fetch(`${base}/${name}`, { method: 'HEAD' })
      const size = Number(head.headers.get('content-length'))
      sizes[name.endsWith('.m4s') ? 'segments' : 'init'] += size
    }
  }
  return {
    url: `${url}/hls/${published.id}/master.m3u8`,
    totalBytes: sizes.init + sizes.segments,
    segmentBytes: sizes.segments,
    segmentHashes: new Set(segments.map(([, { sha256 }]) => sha256))
  }
}
