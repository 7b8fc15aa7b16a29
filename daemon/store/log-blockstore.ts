/**
 * Append-only segment files, an index in level beside them, and compaction.
 * The index entry is written after the bytes, so a `kill -9` leaves at worst bytes nobody names. A
 * row whose segment is gone names nothing, so that a full disk can be relieved without a write.
 *
 *   <path>/log/<number>
 *
 * Everything that changes the store passes one queue: a round writes all waiting blocks in one go,
 * then all waiting changes of the index in one batch, then pays off some compaction.
 */

import type { CID } from 'multiformats/cid'
import { join } from 'node:path'
import { DiskFullError } from '../../protocols/errors.ts'
import { asDiskFull } from './disk-full.ts'
import { isIntact } from './intact.ts'
import { type BlockKey, cidOfKey, keyBytes, keyFromBytes, keyOf } from './key.ts'
import type { LogSegment } from './log-segment.ts'
import { LogSegments, MIN_SEGMENT_BYTES, type SegmentKind } from './log-segments.ts'
import type { Table, TableChange, Tables } from './table.ts'
import type { Blockstore, CallOptions, StoredBlock, Usage } from './types.ts'

/** Share of the log that may be holes. Lower: less disk; higher: less copying. */
const HOLES_SHARE = 0.08

/** Bytes copied by compaction in a round for each byte written in it, and at least. */
const COPY_RATIO = 3
const MIN_COPY_BYTES = 1024 * 1024

/** An index entry. */
const ENTRY_BYTES = 128

interface Location {
  segment: LogSegment
  offset: number
  size: number
}

interface Operation {
  key: BlockKey
  /** What to put; undefined deletes. */
  bytes: Uint8Array | undefined
  signal: AbortSignal | undefined
  resolve: (wasThere: boolean) => void
  reject: (err: unknown) => void
}

export class LogBlockstore implements Blockstore {
  readonly #path: string
  readonly #tables: Tables
  readonly #blocks = new Map<BlockKey, Location>()
  readonly #segments: LogSegments
  #index: Table | undefined
  /** Bounded by the callers that wait. */
  #waiting: Operation[] = []
  #rounds: Promise<void> | undefined
  #isStopping = false
  /** The segment being compacted, and the blocks in it that were not looked at yet. */
  #victim: { segment: LogSegment, keys: BlockKey[] } | undefined
  #liveBytes = 0

  constructor (path: string, tables: Tables) {
    this.#path = path
    this.#tables = tables
    this.#segments = new LogSegments(join(path, 'log'))
  }

  async start (): Promise<void> {
    if (this.#index != null) return
    await this.#tables.open()
    this.#index = this.#tables.table('blocks')
    this.#isStopping = false
    await this.#segments.open()
    for await (const entries of this.#index.entries()) {
      for (const [key, value] of entries) this.#takeUp(keyFromBytes(key), Buffer.from(value))
    }
  }

  async stop (): Promise<void> {
    this.#isStopping = true
    await this.#rounds
    this.#index = undefined
    this.#victim = undefined
    this.#blocks.clear()
    this.#liveBytes = 0
    await this.#segments.close()
    await this.#tables.close()
  }

  has (cid: CID): boolean {
    return this.#blocks.has(keyOf(cid))
  }

  sizeOf (cid: CID): number | undefined {
    return this.#blocks.get(keyOf(cid))?.size
  }

  async get (cid: CID, options: CallOptions = {}): Promise<Uint8Array | undefined> {
    options.signal?.throwIfAborted()
    const location = this.#blocks.get(keyOf(cid))
    if (location == null) return undefined
    const bytes = await location.segment.read(location.offset, location.size)
    return bytes != null && isIntact(cid, bytes) ? bytes : undefined
  }

  async put (cid: CID, bytes: Uint8Array, options: CallOptions = {}): Promise<void> {
    await this.#enqueue(keyOf(cid), bytes, options.signal)
  }

  async delete (cid: CID, options: CallOptions = {}): Promise<boolean> {
    return await this.#enqueue(keyOf(cid), undefined, options.signal)
  }

  * entries (): Generator<StoredBlock> {
    for (const [key, { size }] of this.#blocks) yield { cid: cidOfKey(key), size }
  }

  usage (): Usage {
    const blocks = this.#blocks.size
    const diskBytes = this.#segments.sizeBytes + blocks * ENTRY_BYTES
    return { blocks, bytes: this.#liveBytes, diskBytes }
  }

  async #enqueue (
    key: BlockKey, bytes: Uint8Array | undefined, signal: AbortSignal | undefined
  ): Promise<boolean> {
    signal?.throwIfAborted()
    const done = new Promise<boolean>((resolve, reject) => {
      this.#waiting.push({ key, bytes, signal, resolve, reject })
    })
    this.#rounds ??= this.#run()
    return await done
  }

  async #run (): Promise<void> {
    let mayCompact = true
    while (this.#waiting.length > 0 || (mayCompact && !this.#isStopping)) {
      const round = this.#waiting
      this.#waiting = []
      try {
        const written = await this.#write(round)
        mayCompact = await this.#compact(Math.max(written * COPY_RATIO, MIN_COPY_BYTES))
      } catch (err) {
        const cause = asDiskFull(err, this.#path)
        // What cannot be removed either is left to compaction.
        if (cause instanceof DiskFullError) await this.#segments.removeDead().catch(() => {})
        for (const { reject } of round) reject(cause)
        // Begun anew another time: the blocks it was about to copy are still where they were.
        this.#victim = undefined
        mayCompact = false
      }
    }
    this.#rounds = undefined
  }

  /** Carries out a round, and says how many bytes it wrote. */
  async #write (round: Operation[]): Promise<number> {
    const wanted = new Map<BlockKey, Uint8Array | undefined>()
    const settle: Array<() => void> = []
    for (const { key, bytes, signal, resolve, reject } of round) {
      if (signal?.aborted) {
        settle.push(() => { reject(signal.reason) })
        continue
      }
      const wasThere = wanted.has(key) ? wanted.get(key) != null : this.#blocks.has(key)
      if (bytes == null || !wasThere) wanted.set(key, bytes)
      settle.push(() => { resolve(wasThere) })
    }
    const written = await this.#apply(wanted)
    for (const done of settle) done()
    return written
  }

  async #apply (wanted: Map<BlockKey, Uint8Array | undefined>): Promise<number> {
    const puts: Array<[BlockKey, Uint8Array]> = []
    const deletes: BlockKey[] = []
    for (const [key, bytes] of wanted) {
      if (bytes != null) puts.push([key, bytes])
      else if (this.#blocks.has(key)) deletes.push(key)
    }
    // First of all: on a full disk, where the index takes no rows, it is what makes room.
    for (const key of deletes) this.#remove(key)
    const places = await this.#append('fresh', puts)
    const changes = deletes.map((key): TableChange => ({ type: 'del', key: keyBytes(key) }))
    await this.#started().write([...changes, ...places.map(rowOf)])
    for (const [key, location] of places) this.#place(key, location)
    return places.reduce((sum, [, { size }]) => sum + size, 0)
  }

  async #append (
    kind: SegmentKind, blocks: Array<[BlockKey, Uint8Array]>
  ): Promise<Array<[BlockKey, Location]>> {
    if (blocks.length === 0) return []
    const segment = await this.#segments.writable(kind)
    let offset = await segment.append(blocks.map(([, bytes]) => bytes))
    return blocks.map(([key, { byteLength: size }]) => {
      offset += size
      return [key, { segment, offset: offset - size, size }]
    })
  }

  /** Copies up to `budget` bytes of blocks out of the fullest of holes. True when it got on. */
  async #compact (budget: number): Promise<boolean> {
    if (!this.#hasHoles()) return false
    this.#victim ??= this.#pickVictim()
    if (this.#victim == null) return false
    const { segment, keys } = this.#victim
    const reads: Array<Promise<[BlockKey, Uint8Array | undefined]>> = []
    for (let bytes = 0; bytes < budget && keys.length > 0;) {
      const key = keys.pop() as BlockKey
      const location = this.#blocks.get(key)
      if (location?.segment !== segment) continue
      bytes += location.size
      reads.push(segment.read(location.offset, location.size).then(block => [key, block]))
    }
    const places = await this.#append('survivors', (await Promise.all(reads)).filter(isWhole))
    await this.#started().write(places.map(rowOf))
    for (const [key, location] of places) this.#place(key, location)
    if (keys.length === 0) {
      this.#victim = undefined
      await this.#discard(segment)
    }
    return true
  }

  #pickVictim (): { segment: LogSegment, keys: BlockKey[] } | undefined {
    const segment = this.#segments.emptiest()
    if (segment == null) return undefined
    const keys: BlockKey[] = []
    for (const [key, location] of this.#blocks) if (location.segment === segment) keys.push(key)
    return { segment, keys }
  }

  #hasHoles (): boolean {
    const total = this.#segments.sizeBytes
    return total - this.#liveBytes > Math.max(total * HOLES_SHARE, 2 * MIN_SEGMENT_BYTES)
  }

  /** Removes a segment, and what could not be read from it. */
  async #discard (segment: LogSegment): Promise<void> {
    for (const [key, location] of this.#blocks) {
      if (location.segment === segment) this.#remove(key)
    }
    await this.#segments.remove(segment)
  }

  /** A row of the index; one whose segment is gone names nothing. */
  #takeUp (key: BlockKey, row: Buffer): void {
    const segment = this.#segments.get(row.readUInt32BE())
    if (segment == null) return
    this.#place(key, { segment, offset: row.readUIntBE(4, 6), size: row.readUInt32BE(10) })
  }

  #place (key: BlockKey, location: Location): void {
    this.#remove(key)
    this.#blocks.set(key, location)
    this.#liveBytes += location.size
    location.segment.liveBytes += location.size
  }

  #remove (key: BlockKey): void {
    const location = this.#blocks.get(key)
    if (location == null) return
    this.#blocks.delete(key)
    this.#liveBytes -= location.size
    location.segment.liveBytes -= location.size
  }

  #started (): Table {
    if (this.#index == null) throw new Error('the store is not started')
    return this.#index
  }
}

function isWhole (
  block: [BlockKey, Uint8Array | undefined]
): block is [BlockKey, Uint8Array] {
  return block[1] != null
}

function rowOf ([key, { segment, offset, size }]: [BlockKey, Location]): TableChange {
  const value = Buffer.alloc(14)
  value.writeUInt32BE(segment.number)
  value.writeUIntBE(offset, 4, 6)
  value.writeUInt32BE(size, 10)
  return { type: 'put', key: keyBytes(key), value }
}
