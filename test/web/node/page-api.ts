/**
 * A page under test, bundled for the browser: a node, and what a test asks of it from outside.
 */

import { CID } from 'multiformats/cid'
import {
  type BlockEvent, createPageNode, type NeighbourView, type PageNode, type PageNodeInit
} from '../../../web/node/index.ts'

/** Bytes by where they came from. */
export type Taken = Record<BlockEvent['source'], number>

/** What the page puts at `window.cdnd`. */
export interface PageApi {
  open (init: PageNodeInit): Promise<{ isPersistent: boolean }>
  join (): Promise<void>
  leave (): Promise<void>
  stop (): Promise<void>
  state (): string
  neighbours (): NeighbourView[]
  taken (): Taken
  /** Hashes of segments, in hex, asked for one after the other. */
  play (content: string, rendition: string, from: number, to: number): Promise<string[]>
  /** How many segments of a rendition there are. */
  segments (content: string, rendition: string): Promise<number>
  /** The events `state` had so far. */
  states (): string[]
  /** From now on one bit of each block that others get from us is wrong. */
  lie (): void
}

let node: PageNode
const taken: Taken = { cache: 0, peer: 0, edge: 0, origin: 0 }
const states: string[] = []

const api: PageApi = {
  open: async init => {
    node = await createPageNode(init)
    node.events.addEventListener('block', event => {
      const { source, bytes } = (event as CustomEvent<BlockEvent>).detail
      taken[source] += bytes
    })
    node.events.addEventListener('state', event => {
      states.push((event as CustomEvent<string>).detail)
    })
    await node.start()
    return { isPersistent: node.isPersistent }
  },
  join: () => node.joinSwarm(),
  leave: () => node.leaveSwarm(),
  stop: () => node.stop(),
  state: () => node.state,
  neighbours: () => node.neighbours(),
  taken: () => ({ ...taken }),
  play: async (content, rendition, from, to) => {
    const hashes: string[] = []
    for (let number = from; number < to; number++) {
      const { chunks } = await node.sessions.request(CID.parse(content), rendition, number)
      hashes.push(await sha256(new Blob(chunks as Array<Uint8Array<ArrayBuffer>>)))
    }
    return hashes
  },
  segments: async (content, rendition) => {
    const manifest = await node.retrieval.manifest(CID.parse(content))
    return manifest.index(rendition).next
  },
  states: () => [...states],
  lie: () => {
    const { store } = node
    const get = store.get.bind(store)
    store.get = async (cid, options) => {
      const bytes = (await get(cid, options))?.slice()
      if (bytes != null) bytes[bytes.byteLength >> 1]! ^= 1
      return bytes
    }
  }
}

async function sha256 (file: Blob): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', await file.arrayBuffer())
  return Array.from(new Uint8Array(digest), byte => byte.toString(16).padStart(2, '0')).join('')
}

Object.assign(globalThis, { cdnd: api })
