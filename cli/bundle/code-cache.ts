/**
 * A script's functions, compiled, for the next process that runs it.
 * in: the script's file; a folder where only this user writes, since V8 runs what it finds there
 * unchecked. out: the script; whenever asked to keep them, a file of all functions called so far.
 *
 * Node's own compile cache has what is compiled while a file is loaded, and so none of the
 * functions that are called later: docs/decisions/footprint.md.
 */

import { readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { cachedDataVersionTag } from 'node:v8'
import { constants, Script } from 'node:vm'
import { crc32 } from 'node:zlib'

/** What has grown by so much replaces what is kept. */
const GROWTH = 1.1
const CHECKSUM_BYTES = 4
const SUFFIX = '.code'

export interface CodeCacheInit {
  /** Undefined: nothing is kept. */
  folder: string | undefined
  /** Tells apart programs that call different functions of a script; none begins another. */
  name: string
}

export class CodeCache {
  readonly #folder: string | undefined
  readonly #name: string
  #script: Script | undefined
  /** Begins the names of all files for this script, whichever V8 and flags they are for. */
  #prefix = ''
  /** For this V8 and the flags it had when it loaded the script. */
  #fileName = ''

  constructor ({ folder, name }: CodeCacheInit) {
    this.#folder = folder
    this.#name = name
  }

  /** True when the functions were there. */
  get isWarm (): boolean {
    return this.#script?.cachedDataRejected === false
  }

  /** The script in a file, which is ASCII: so that it takes one byte a character. */
  load (path: string): Script {
    const source = readFileSync(path)
    this.#prefix = `${this.#name}-${hex(crc32(source))}-`
    this.#fileName = this.#prefix + hex(cachedDataVersionTag()) + SUFFIX
    const cachedData = this.#kept()
    this.#script = new Script(source.toString('latin1'), {
      filename: path,
      importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
      ...(cachedData != null && { cachedData })
    })
    return this.#script
  }

  /**
   * Keeps what has been called, unless hardly less is kept already. Takes some 50 ms. Never throws:
   * without it the next process starts a little slower.
   */
  keep (): void {
    if (this.#script == null || this.#folder == null) return
    const data = this.#script.createCachedData()
    if (data.byteLength < GROWTH * this.#keptBytes()) return
    const file = this.#file(this.#folder)
    const written = `${file}.${process.pid}`
    try {
      this.#removeOthers(this.#folder)
      writeFileSync(written, Buffer.concat([checksum(data), data]), { mode: 0o600 })
      renameSync(written, file)
    } catch {
      rmSync(written, { force: true })
    }
  }

  #file (folder: string): string {
    return join(folder, this.#fileName)
  }

  #kept (): Buffer | undefined {
    return this.#folder == null ? undefined : read(this.#file(this.#folder))
  }

  /** Another process may have kept some since the script was loaded. */
  #keptBytes (): number {
    return this.#script?.cachedDataRejected === true ? 0 : this.#kept()?.byteLength ?? 0
  }

  /** What other versions of the program left, or a process that was killed while it wrote. */
  #removeOthers (folder: string): void {
    for (const file of readdirSync(folder)) {
      const isKept = file.startsWith(this.#prefix) && file.endsWith(SUFFIX)
      if (file.startsWith(`${this.#name}-`) && !isKept) {
        // Another process may be at it too.
        rmSync(join(folder, file), { force: true })
      }
    }
  }
}

/** Undefined where it is not there, or is not what was written. */
function read (file: string): Buffer | undefined {
  let content: Buffer
  try {
    content = readFileSync(file)
  } catch {
    return undefined
  }
  const data = content.subarray(CHECKSUM_BYTES)
  return checksum(data).equals(content.subarray(0, CHECKSUM_BYTES)) ? data : undefined
}

function checksum (data: Buffer): Buffer {
  const bytes = Buffer.alloc(CHECKSUM_BYTES)
  bytes.writeUInt32LE(crc32(data))
  return bytes
}

function hex (number: number): string {
  return number.toString(16)
}
