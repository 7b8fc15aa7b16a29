/**
 * Small maps that outlive the process. A write is atomic: after a `kill -9` all of its changes are
 * there or none. in: batches of changes. out: every entry, once, at start.
 */

export type TableChange =
  | { type: 'put', key: Uint8Array, value: Uint8Array }
  | { type: 'del', key: Uint8Array }

export interface Table {
  /** Every entry, some at a time: an await for each would take longer than to read it. */
  entries (): AsyncIterable<Array<[key: Uint8Array, value: Uint8Array]>>
  /** Writes land in the order of the calls. */
  write (changes: TableChange[]): Promise<void>
}

export interface Tables {
  /** @throws StoreLockedError when the folder is in use */
  open (): Promise<void>
  close (): Promise<void>
  /** The table of that name, while open. */
  table (name: string): Table
}

/** A value of four bytes, big-endian. */
export function readUInt32 (value: Uint8Array): number {
  return new DataView(value.buffer, value.byteOffset, value.byteLength).getUint32(0)
}

export function uint32 (value: number): Uint8Array {
  return uint32s([value])
}

/** Several of them, one after the other. */
export function readUInt32s (value: Uint8Array): number[] {
  const words = new DataView(value.buffer, value.byteOffset, value.byteLength)
  return Array.from({ length: value.byteLength >> 2 }, (_, i) => words.getUint32(i * 4))
}

export function uint32s (values: number[]): Uint8Array {
  const bytes = new Uint8Array(values.length * 4)
  const words = new DataView(bytes.buffer)
  for (const [i, value] of values.entries()) words.setUint32(i * 4, value)
  return bytes
}
