/**
 * An edge whose every question to its origin is seen.
 * in: settings of the edge. out: a network in which the origin is reached over HTTP only, through a
 * proxy that remembers, and a title it published that the edge does not hold yet.
 */

import type { SongDetail } from '../../protocols/control/index.ts'
import type { DaemonProcess } from '../../testnet/daemon-process.ts'
import { makeTone } from '../origin/media-files.ts'
import {
  contentOf, gatewayOf, getJson, NetworkRig, type Published, servedTitle, type Settings, until
} from './network-rig.ts'
import { RecordingProxy } from './recording-proxy.ts'

export interface EdgeRig {
  rig: NetworkRig
  proxy: RecordingProxy
  bootstrap: DaemonProcess
  origin: DaemonProcess
  edge: DaemonProcess
  /** Called `tone`, in segments of two seconds. */
  title: Published
  /** What the origin serves of it, by path. */
  published: Record<string, string>
  /** The first block of each segment. */
  blocks: string[]
  close (): Promise<void>
}

export async function openEdgeRig (settings: Settings): Promise<EdgeRig> {
  const rig = await NetworkRig.open({ dht: { enabled: 'off' } })
  const proxy = await RecordingProxy.start()
  const close = async (): Promise<void> => {
    proxy.stop()
    await rig.close()
  }
  try {
    return { rig, proxy, close, ...await populate(rig, proxy, settings) }
  } catch (err) {
    await close()
    throw err
  }
}

async function populate (
  rig: NetworkRig, proxy: RecordingProxy, settings: Settings
): Promise<Omit<EdgeRig, 'rig' | 'proxy' | 'close'>> {
  const bootstrap = await rig.start('bootstrap')
  const origin = await rig.start('origin', 'origin', { listen: [], publicUrl: proxy.url })
  proxy.target = gatewayOf(origin)
  const path = await makeTone(rig.folder, 'tone.flac', 16)
  const title = await rig.publish(origin, { path, segment: '2s', alias: 'tone' })
  const published = contentOf(await servedTitle(origin, title))
  const song = await getJson<SongDetail>(`${gatewayOf(origin)}/songs/${title.id}`)
  const blocks = song.segments['128k']!.map(({ cid }) => cid)
  const edge = await rig.start('edge', 'edge', settings)
  await until(async () => (await rig.status(edge)).httpSources.length > 0,
    'the edge to know the origin')
  return { bootstrap, origin, edge, title, published, blocks }
}
