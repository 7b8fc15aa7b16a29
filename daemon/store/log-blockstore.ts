/**
 * Append-only segment files, an index in level beside them, and compaction.
 * The index entry is written after the bytes, so a `kill -9` leaves at worst bytes nobody names.
 *
 *   <path>/log/<number>
 *
 * Everything that changes the store passes one queue: a round writes all waiting blocks in one go,
 * then all waiting changes of the index in one batch, then pays off some compaction.
 */

import type { CID } from 'multiformats/cid'
import { mkdir, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { asDiskFull } from './disk-full.ts'
import { isIntact } from './intact.ts'
import { type BlockKey, cidOfKey, keyBytes, keyFromBytes, keyOf } from './key.ts'
import { LogSegment } from './log-segment.ts'
import type { Table, TableChange, Tables } from './table.ts'
import type { Blockstore, CallOptions, StoredBlock, Usage } from './types.ts'

/** Share of the log that may be holes. Lower: less disk; higher: less copying. */
const HOLES_SHARE = 0.08

/** A segment is at least this long, and else this share of the log: that bounds open files. */
const MIN_SEGMENT_BYTES = 1024 * 1024
const SEGMENT_SHARE = 1 / 128

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
  readonly #segments = new Map<number, LogSegment>()
  /** Bounded by the callers that wait. */
  #waiting: Operation[] = []
  #rounds: Promise<void> | undefined
  #index: Table | undefined
  #fresh: LogSegment | undefined
  /** Where compaction copies to: what survived once is likely to survive again. */
  #survivors: LogSegment | undefined
  #victim: { segment: LogSegment, keys: BlockKey[] } | undefined
  #liveBytes = 0

  constructor (path: string, tables: Tables) {
    this.#path = path
    this.#tables = tables
  }

  async start (): Promise<void> {
    if (this.#index != null) return
    await this.#tables.open()
    this.#index = this.#tables.table('blocks')
    await mkdir(join(this.#path, 'log'), { recursive: true })
    for (const name of await readdir(join(this.#path, 'log'))) {
      const segment = await this.#open(Number(name))
      if (segment.number >= (this.#fresh?.number ?? 0)) this.#fresh = segment
    }
    for await (const [key, value] of this.#index.entries()) {
      const location = Buffer.from(value)
      const segment = this.#segments.get(location.readUInt32BE())
      if (segment == null) continue
      this.#place(keyFromBytes(key), {
        segment, offset: location.readUIntBE(4, 6), size: location.readUInt32BE(10)
      })
    }
  }

  async stop (): Promise<void> {
    await this.#rounds
    this.#index = undefined
    this.#blocks.clear()
    this.#liveBytes = 0
    for (const segment of this.#segments.values()) await segment.close()
    this.#segments.clear()
    this.#fresh = this.#survivors = this.#victim = undefined
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
    if (bytes != null && isIntact(cid, bytes)) return bytes
    await this.delete(cid)
    return undefined
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
    return { blocks, bytes: this.#liveBytes, diskBytes: this.#logBytes() + blocks * ENTRY_BYTES }
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
    while (this.#waiting.length > 0 || (mayCompact && this.#hasHoles())) {
      const round = this.#waiting
      this.#waiting = []
      try {
        const written = await this.#write(round)
        mayCompact = await this.#compact(Math.max(written * COPY_RATIO, MIN_COPY_BYTES))
      } catch (err) {
        const cause = asDiskFull(err, this.#path)
        for (const { reject } of round) reject(cause)
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
    this.#fresh = await this.#writable(this.#fresh)
    const places = await this.#append(this.#fresh, puts)
    const changes = deletes.map((key): TableChange => ({ type: 'del', key: keyBytes(key) }))
    await this.#started().write([...changes, ...places.map(rowOf)])
    for (const key of deletes) this.#remove(key)
    for (const [key, location] of places) this.#place(key, location)
    for (const segment of this.#segments.values()) {
      if (segment.liveBytes === 0 && this.#isSealed(segment)) await this.#discard(segment)
    }
    return places.reduce((sum, [, { size }]) => sum + size, 0)
  }

  async #append (
    segment: LogSegment, blocks: Array<[BlockKey, Uint8Array]>
  ): Promise<Array<[BlockKey, Location]>> {
    if (blocks.length === 0) return []
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
    this.#survivors = await this.#writable(this.#survivors)
    const blocks = (await Promise.all(reads)).filter(isWhole)
    const places = await this.#append(this.#survivors, blocks)
    await this.#started().write(places.map(rowOf))
    for (const [key, location] of places) this.#place(key, location)
    if (keys.length === 0) {
      this.#victim = undefined
      await this.#discard(segment)
    }
    return true
  }

  #pickVictim (): { segment: LogSegment, keys: BlockKey[] } | undefined {
    let segment: LogSegment | undefined
    let fill = 1
    for (const candidate of this.#segments.values()) {
      const itsFill = candidate.liveBytes / candidate.sizeBytes
      if (itsFill >= fill || !this.#isSealed(candidate)) continue
      segment = candidate
      fill = itsFill
    }
    if (segment == null) return undefined
    const keys: BlockKey[] = []
    for (const [key, location] of this.#blocks) if (location.segment === segment) keys.push(key)
    return { segment, keys }
  }

  #hasHoles (): boolean {
    const total = this.#logBytes()
    return total - this.#liveBytes > Math.max(total * HOLES_SHARE, 2 * MIN_SEGMENT_BYTES)
  }

  /** Nothing is written to it any more. */
  #isSealed (segment: LogSegment): boolean {
    return ![this.#fresh, this.#survivors, this.#victim?.segment].includes(segment)
  }

  #logBytes (): number {
    let bytes = 0
    for (const { sizeBytes } of this.#segments.values()) bytes += sizeBytes
    return bytes
  }

  async #writable (segment: LogSegment | undefined): Promise<LogSegment> {
    const fullBytes = Math.max(MIN_SEGMENT_BYTES, this.#logBytes() * SEGMENT_SHARE)
    if (segment != null && segment.sizeBytes < fullBytes) return segment
    return await this.#open(Math.max(0, ...this.#segments.keys()) + 1)
  }

  async #open (number: number): Promise<LogSegment> {
    const segment = await LogSegment.open(join(this.#path, 'log', String(number)), number)
    this.#segments.set(number, segment)
    return segment
  }

  async #discard (segment: LogSegment): Promise<void> {
    this.#segments.delete(segment.number)
    for (const [key, location] of this.#blocks) {
      if (location.segment === segment) this.#remove(key)
    }
    await segment.remove()
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
