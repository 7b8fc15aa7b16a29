/**
 * A page that has a title and gives it to others, one byte of each block wrong. It runs cdnd's node
 * without a player, since a player would refuse its own blocks.
 */

import type { CID } from 'multiformats/cid'
import { createPageNode, type PageNode } from '../../../web/node/index.ts'
import { parseCid } from '../../../protocols/cid.ts'
import type { PlayerOnPage } from '../page-api.ts'

let node: PageNode | undefined
let serverBytes = 0

const player: PlayerOnPage = {
  play: async (_media, { url, bootstraps }) => {
    const { origin, pathname } = new URL(url)
    node = await createPageNode({ bases: [origin], bootstrap: bootstraps })
    node.events.addEventListener('block', event => {
      serverBytes += (event as CustomEvent<{ bytes: number }>).detail.bytes
    })
    await node.start()
    await fetchAll(node, parseCid(pathname.split('/')[2]!))
    lie(node)
    await node.joinSwarm()
    return undefined
  },
  told: async () => {
    const neighbours = node?.neighbours().filter(({ transport }) => transport === 'webrtc') ?? []
    return { peerBytes: 0, serverBytes, sentByPeersBytes: 0, neighbours: neighbours.length }
  },
  leave: async () => { await node?.stop() }
}

async function fetchAll ({ retrieval, sessions }: PageNode, content: CID): Promise<void> {
  const manifest = await retrieval.manifest(content)
  for (const { name } of manifest.root.renditions) {
    const { next } = manifest.index(name)
    for (let number = 0; number < next; number++) await sessions.request(content, name, number)
  }
}

function lie ({ store }: PageNode): void {
  const get = store.get.bind(store)
  store.get = async (cid, options) => {
    const bytes = (await get(cid, options))?.slice()
    if (bytes != null) bytes[bytes.byteLength >> 1]! ^= 1
    return bytes
  }
}

Object.assign(globalThis, { player })
