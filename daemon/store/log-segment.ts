/**
 * One append-only file of block bytes, nothing between them: the index says what stands where.
 */

import { constants, type FileHandle, open, unlink } from 'node:fs/promises'

export class LogSegment {
  readonly number: number
  readonly #path: string
  readonly #file: FileHandle
  /** Where the next write goes; bytes behind the last indexed block are as good as holes. */
  #end: number
  /** Bytes of blocks that the index still names. */
  liveBytes = 0

  private constructor (number: number, path: string, file: FileHandle, end: number) {
    this.number = number
    this.#path = path
    this.#file = file
    this.#end = end
  }

  static async open (path: string, number: number): Promise<LogSegment> {
    const file = await open(path, constants.O_RDWR | constants.O_CREAT)
    return new LogSegment(number, path, file, (await file.stat()).size)
  }

  get sizeBytes (): number {
    return this.#end
  }

  /** The offset of the first chunk. After a failure the next append overwrites what got there. */
  async append (chunks: Uint8Array[]): Promise<number> {
    const offset = this.#end
    let size = 0
    for (const chunk of chunks) size += chunk.byteLength
    const { bytesWritten } = await this.#file.writev(chunks, offset)
    if (bytesWritten < size) throw Object.assign(new Error('short write'), { code: 'ENOSPC' })
    this.#end += size
    return offset
  }

  /** The bytes there, or undefined when the file ends before. */
  async read (offset: number, size: number): Promise<Uint8Array | undefined> {
    const { bytesRead, buffer } =
      await this.#file.read(Buffer.allocUnsafeSlow(size), 0, size, offset)
    return bytesRead === size ? buffer : undefined
  }

  /** Waits for reads under way. */
  async close (): Promise<void> {
    await this.#file.close()
  }

  async remove (): Promise<void> {
    await this.close()
    await unlink(this.#path)
  }
}
