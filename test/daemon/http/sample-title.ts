/**
 * A signed title of two segments, and a node that has it, for tests of the HTTP listeners.
 * Everything is real but where blocks come from: `source` says what the deliveries claim.
 */

import { generateKeyPair } from '@libp2p/crypto/keys'
import { componentLogger } from '../../../daemon/log.ts'
import { MemoryBlockstore } from '../../../daemon/store/memory-blockstore.ts'
import { buildManifest, chunkSegment, openManifest } from '../../../protocols/content/index.ts'
import { ContentNotFoundError } from '../../../protocols/errors.ts'
import { sha256 } from '../../../protocols/sha256.ts'
import { sampleLimits } from '../sample-limits.ts'
import type { CID } from 'multiformats/cid'
import type { ControlComponents } from '../../../daemon/http/index.ts'
import type { Delivery, SourceKind } from '../../../daemon/retrieval/index.ts'
import type { Block, Manifest } from '../../../protocols/content/index.ts'

const BLOCK_BYTES = 1000

export interface Sample {
  manifest: Manifest
  content: CID
  /** The bytes of segments 0 (one block) and 1 (three). */
  segments: Uint8Array[]
  segmentCids: CID[]
  init: Uint8Array
  components: ControlComponents
  store: MemoryBlockstore
  /** What the routes did: `announce bafy…`. */
  calls: string[]
  /** Signals of fetches under way while `hold` is set. */
  hold: { until?: Promise<void>, signals: AbortSignal[] }
  answered: string[]
}

const fill = (length: number, seed: number) =>
  Uint8Array.from({ length }, (_, at) => (at * 31 + seed) % 251)

export async function sampleTitle (source: SourceKind = 'peer'): Promise<Sample> {
  const store = new MemoryBlockstore()
  const segments = [fill(700, 1), fill(2500, 2)]
  const init = fill(80, 3)
  const put = async (blocks: Block[]) => {
    for (const { cid, bytes } of blocks) await store.put(cid, bytes)
  }
  const cut = await Promise.all(segments.map(async bytes =>
    await chunkSegment(bytes, { sha256, blockBytes: BLOCK_BYTES })))
  const initCut = await chunkSegment(init, { sha256 })
  const built = await buildManifest({
    title: 'A <sample> & more',
    kind: 'vod',
    renditions: [{
      name: '128k',
      bandwidth: 130_000,
      codecs: 'mp4a.40.2',
      init: initCut.entry,
      segments: cut.map(({ entry }) => ({ ...entry, durationMs: 10_000 }))
    }]
  }, await generateKeyPair('Ed25519'), sha256)
  await put([...cut.flatMap(({ blocks }) => blocks), ...initCut.blocks, ...built.blocks])
  const load = async (cid: CID) => {
    const bytes = await store.get(cid)
    if (bytes === undefined) throw new ContentNotFoundError(`nobody has ${cid}`)
    return bytes
  }
  const manifest = await openManifest(built.id, load, { sha256 })
  const sample = {
    manifest,
    content: built.id,
    segments,
    segmentCids: cut.map(({ entry }) => entry.cid),
    init,
    store,
    calls: [] as string[],
    answered: [] as string[],
    hold: { signals: [] } as Sample['hold']
  }
  return { ...sample, components: componentsOf(sample, source) }
}

function componentsOf (
  sample: Omit<Sample, 'components'>, source: SourceKind
): ControlComponents {
  const { manifest, content, segments, segmentCids, init, store, calls, hold } = sample
  const delivery = (bytes: number): Delivery => ({
    source, path: source === 'local' ? [] : ['näme', 'b'], rttMs: 12.34, elapsedMs: 5, bytes
  })
  const whole = async (bytes: Uint8Array, cid: CID, signal?: AbortSignal) => {
    if (signal !== undefined) hold.signals.push(signal)
    await hold.until
    signal?.throwIfAborted()
    const chunks: Uint8Array[] = []
    for (let at = 0; at < bytes.byteLength; at += BLOCK_BYTES) {
      chunks.push(bytes.subarray(at, at + BLOCK_BYTES))
    }
    const deliveries = chunks.map(chunk => delivery(chunk.byteLength))
    return { chunks, size: bytes.byteLength, cid, deliveries }
  }
  const limits = sampleLimits()
  const note = async (call: string, id: CID) => { calls.push(`${call} ${id}`) }
  return {
    store,
    logger: componentLogger({ level: 'silent', json: true, write: () => {} }),
    retrieval: {
      manifest: async id => {
        if (id.equals(content)) return manifest
        throw new ContentNotFoundError(`nobody asked has ${id}`)
      },
      segment: async (_, __, number, options) =>
        await whole(segments[number]!, segmentCids[number]!, options?.signal),
      init: async (_, __, options) => await whole(init, content, options?.signal),
      file: async cid => {
        const bytes = await store.get(cid)
        if (bytes === undefined) throw new ContentNotFoundError(`nobody has ${cid}`)
        return { cid, size: bytes.byteLength, fetch: async () => await whole(bytes, cid) }
      },
      block: async ({ cid }) => {
        const bytes = await store.get(cid)
        if (bytes === undefined) throw new ContentNotFoundError(`nobody asked has ${cid}`)
        return { bytes, delivery: delivery(bytes.byteLength) }
      }
    },
    titles: {
      list: async () => [],
      resolve: async alias => alias === 'my song' ? content : undefined,
      entry: () => ({ alias: 'my song' }),
      titleOf: async cid => segmentCids.some(known => known.equals(cid)) ||
        (await manifest.index('128k').segment(1)).blocks.some(block => block.cid.equals(cid))
        ? content
        : undefined
    },
    node: {
      health: () => ({
        status: 'ok', role: 'peer', network: 'test', version: '0', uptimeSeconds: 1
      }),
      name: () => ({
        name: 'n', peer: '12D3', role: 'peer', network: 'test', region: 'eu', addresses: []
      })
    },
    metrics: {
      answered: ({ listener, route, status, bytes }) => {
        sample.answered.push(`${listener} ${route} ${status} ${bytes}`)
      },
      delivered: (kind, bytes) => { sample.answered.push(`${kind} ${bytes}`) },
      render: async () => ({ contentType: 'text/plain; version=0.0.4', text: 'cdnd_up 1\n' })
    },
    actions: {
      status: async () => { throw new Error('a secret of the node') },
      peers: () => [],
      rtt: () => [],
      popular: async () => [],
      rankedPeers: () => [],
      limits: () => limits.report(),
      changeLimits: change => limits.change(change),
      titles: async () => [],
      title: async id => { throw new ContentNotFoundError(`${id} is not here`) },
      add: async ({ byteLength: size }) =>
        ({ cid: `${segmentCids[0]}`, size, blocks: [], announced: ['tracker'] }),
      remove: async id => await note('remove', id),
      pin: async id => await note('pin', id),
      unpin: async id => await note('unpin', id),
      announce: async id => await note('announce', id),
      shutdown: () => { calls.push('shutdown') }
    }
  }
}
