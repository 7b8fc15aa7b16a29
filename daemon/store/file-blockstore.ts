/**
 * A file for each block, an index in level beside them.
 * A block is there when both are. The index entry is written after the file, so a `kill -9` leaves
 * at worst a file or an entry alone, which the next start removes. Deletion begins with the file,
 * so that it works on a full disk.
 *
 *   <path>/blocks/<first digest byte, hex>/<key, hex>
 */

import type { CID } from 'multiformats/cid'
import { mkdir, open, readdir, unlink, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { diskCost } from './disk-cost.ts'
import { asDiskFull } from './disk-full.ts'
import { isIntact } from './intact.ts'
import { type BlockKey, cidOfKey, keyBytes, keyFromBytes, keyOf } from './key.ts'
import { SerialByKey } from './serial-by-key.ts'
import { readUInt32, type Table, type Tables, uint32 } from './table.ts'
import type { Blockstore, CallOptions, StoredBlock, Usage } from './types.ts'

export class FileBlockstore implements Blockstore {
  readonly #path: string
  readonly #tables: Tables
  readonly #sizes = new Map<BlockKey, number>()
  /** Folders known to be there, at most 256. */
  readonly #folders = new Set<string>()
  readonly #serial = new SerialByKey()
  #index: Table | undefined
  #bytes = 0
  #diskBytes = 0

  constructor (path: string, tables: Tables) {
    this.#path = path
    this.#tables = tables
  }

  async start (): Promise<void> {
    if (this.#index != null) return
    await this.#tables.open()
    this.#index = this.#tables.table('blocks')
    const sizes = new Map<BlockKey, number>()
    for await (const entries of this.#index.entries()) {
      for (const [key, value] of entries) sizes.set(keyFromBytes(key), readUInt32(value))
    }
    await mkdir(join(this.#path, 'blocks'), { recursive: true })
    for (const folder of await readdir(join(this.#path, 'blocks'))) await this.#list(folder, sizes)
    await this.#index.write(Array.from(sizes.keys(), key => ({ type: 'del', key: keyBytes(key) })))
  }

  async stop (): Promise<void> {
    await this.#serial.idle()
    for (const key of [...this.#sizes.keys()]) this.#remove(key)
    this.#index = undefined
    await this.#tables.close()
  }

  has (cid: CID): boolean {
    return this.#sizes.has(keyOf(cid))
  }

  sizeOf (cid: CID): number | undefined {
    return this.#sizes.get(keyOf(cid))
  }

  async get (cid: CID, options: CallOptions = {}): Promise<Uint8Array | undefined> {
    options.signal?.throwIfAborted()
    const key = keyOf(cid)
    const size = this.#sizes.get(key)
    if (size == null) return undefined
    const bytes = await readWhole(this.#file(key), size)
    return bytes != null && isIntact(cid, bytes) ? bytes : undefined
  }

  async put (cid: CID, bytes: Uint8Array, options: CallOptions = {}): Promise<void> {
    const key = keyOf(cid)
    await this.#serial.run(key, async () => {
      options.signal?.throwIfAborted()
      if (this.#sizes.has(key)) return
      const value = uint32(bytes.byteLength)
      try {
        await this.#write(key, bytes)
        await this.#started().write([{ type: 'put', key: keyBytes(key), value }])
      } catch (err) {
        await unlinkIfThere(this.#file(key))
        throw asDiskFull(err, this.#path)
      }
      this.#add(key, bytes.byteLength)
    })
  }

  async delete (cid: CID, options: CallOptions = {}): Promise<boolean> {
    const key = keyOf(cid)
    return await this.#serial.run(key, async () => {
      options.signal?.throwIfAborted()
      if (!this.#remove(key)) return false
      await unlinkIfThere(this.#file(key))
      await this.#started().write([{ type: 'del', key: keyBytes(key) }])
      return true
    })
  }

  * entries (): Generator<StoredBlock> {
    for (const [key, size] of this.#sizes) yield { cid: cidOfKey(key), size }
  }

  usage (): Usage {
    return { blocks: this.#sizes.size, bytes: this.#bytes, diskBytes: this.#diskBytes }
  }

  #started (): Table {
    if (this.#index == null) throw new Error('the store is not started')
    return this.#index
  }

  #file (key: BlockKey): string {
    const name = Buffer.from(keyBytes(key)).toString('hex')
    return join(this.#path, 'blocks', name.slice(2, 4), name)
  }

  #add (key: BlockKey, size: number): void {
    this.#sizes.set(key, size)
    this.#bytes += size
    this.#diskBytes += diskCost(size)
  }

  #remove (key: BlockKey): boolean {
    const size = this.#sizes.get(key)
    if (size == null) return false
    this.#sizes.delete(key)
    this.#bytes -= size
    this.#diskBytes -= diskCost(size)
    return true
  }

  async #write (key: BlockKey, bytes: Uint8Array): Promise<void> {
    const file = this.#file(key)
    const folder = dirname(file)
    if (!this.#folders.has(folder)) await mkdir(folder, { recursive: true })
    this.#folders.add(folder)
    await writeFile(file, bytes)
  }

  /** Takes up the blocks of a folder out of `sizes`, and removes files that are not in it. */
  async #list (folder: string, sizes: Map<BlockKey, number>): Promise<void> {
    const path = join(this.#path, 'blocks', folder)
    for (const name of await readdir(path)) {
      const key = keyFromBytes(Buffer.from(name, 'hex'))
      const size = sizes.get(key)
      if (size == null) await unlink(join(path, name))
      else this.#add(key, size)
      sizes.delete(key)
    }
    this.#folders.add(path)
  }
}

/** The file's bytes, or undefined when it is gone or short. */
async function readWhole (path: string, size: number): Promise<Uint8Array | undefined> {
  let file: Awaited<ReturnType<typeof open>>
  try {
    file = await open(path)
  } catch (err) {
    if (isAbsent(err)) return undefined
    throw err
  }
  try {
    const { bytesRead, buffer } = await file.read(Buffer.allocUnsafeSlow(size), 0, size, 0)
    return bytesRead === size ? buffer : undefined
  } finally {
    await file.close()
  }
}

async function unlinkIfThere (path: string): Promise<void> {
  try {
    await unlink(path)
  } catch (err) {
    if (!isAbsent(err)) throw err
  }
}

function isAbsent (err: unknown): boolean {
  return err instanceof Error && 'code' in err && err.code === 'ENOENT'
}
