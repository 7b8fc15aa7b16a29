/**
 * An ingest on a real store in a folder of its own, and what it published as files a player opens.
 */

import { mkdir, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { generateKeyPairFromSeed } from '@libp2p/crypto/keys'
import type { CID } from 'multiformats/cid'
import { componentLogger } from '../../daemon/log.ts'
import { openStore, type Store } from '../../daemon/store/index.ts'
import { type Ingest, type IngestInit, openIngest } from '../../origin/index.ts'
import {
  checkBlock, type Manifest, masterPlaylist, mediaPlaylist, openManifest
} from '../../protocols/content/index.ts'
import { sha256 } from '../../protocols/sha256.ts'

export interface Rig {
  ingest: Ingest
  store: Store
  /** The ingest's. */
  folder: string
  /** Files and folders under the ingest's scratch and masters folders. */
  leftovers (): Promise<string[]>
  stop (): Promise<void>
}

export interface RigInit extends Partial<IngestInit> {
  quotaBytes?: number
}

/** Opens what is in `folder` anew: call it again for a restart. */
export async function openRig (folder: string, rigInit: RigInit = {}): Promise<Rig> {
  const { quotaBytes = 1e9, ...ingestInit } = rigInit
  const store = await openStore({ path: join(folder, 'store'), quotaBytes, keepFreeShare: 0 })
  const privateKey = await generateKeyPairFromSeed('Ed25519', new Uint8Array(32).fill(7))
  const home = join(folder, 'origin')
  const logger = componentLogger({ level: 'error', json: true, write: () => {} })
  const init = { folder: home, ...ingestInit }
  const ingest = openIngest(init)({ store, privateKey, sha256, logger })
  await ingest.start()
  return {
    ingest,
    store,
    folder: init.folder,
    leftovers: async () => (await Promise.all(['scratch', 'masters'].map(
      async name => await listOf(join(init.folder, name))
    ))).flat(),
    stop: async () => {
      await ingest.stop()
      await store.stop()
    }
  }
}

/** The title, every block it needs checked on the way. */
export async function openTitle ({ store }: Pick<Rig, 'store'>, id: CID): Promise<Manifest> {
  return await openManifest(id, async cid => await blockOf(store, cid), { sha256 })
}

/** Writes a title as HLS files; the path of its master playlist. */
export async function writeHls (rig: Pick<Rig, 'store'>, id: CID, folder: string): Promise<string> {
  const manifest = await openTitle(rig, id)
  for (const rendition of manifest.root.renditions) {
    const home = join(folder, rendition.name)
    await mkdir(home, { recursive: true })
    const index = manifest.index(rendition.name)
    await writeFile(join(home, 'index.m3u8'), await mediaPlaylist(index))
    await writeFile(join(home, 'init.mp4'), await blockOf(rig.store, rendition.init!.cid))
    for await (const { number, blocks } of index.segments()) {
      const parts = await Promise.all(blocks.map(async ({ cid }) => await blockOf(rig.store, cid)))
      await writeFile(join(home, `${number}.m4s`), Buffer.concat(parts))
    }
  }
  await writeFile(join(folder, 'master.m3u8'), masterPlaylist(manifest.root))
  return join(folder, 'master.m3u8')
}

async function blockOf (store: Store, cid: CID): Promise<Uint8Array> {
  const bytes = await store.get(cid)
  if (bytes == null) throw new Error(`block ${cid} is not in the store`)
  await checkBlock(cid, bytes, sha256)
  return bytes
}

async function listOf (folder: string): Promise<string[]> {
  try {
    return await readdir(folder, { recursive: true })
  } catch {
    return [] // Made on first use.
  }
}
