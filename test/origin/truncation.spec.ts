import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import fc from 'fast-check'
import { isEndMissing, isTooShort, saysEndedTooSoon } from '../../origin/truncation.ts'

/** A RIFF file that declares `declared` bytes after its first eight and has `actual`. */
function riff (declared: number, actual: number): Buffer {
  const bytes = Buffer.alloc(8 + actual)
  bytes.write('RIFF')
  bytes.writeUInt32LE(declared, 4)
  return bytes
}

/** An Ogg page with segments of these lengths. */
function page (...lengths: number[]): Buffer {
  const header = Buffer.alloc(27)
  header.write('OggS')
  header[26] = lengths.length
  const body = Buffer.alloc(lengths.reduce((sum, length) => sum + length, 0))
  return Buffer.concat([header, Buffer.from(lengths), body])
}

describe('origin/truncation', () => {
  let folder: string
  before(async () => { folder = await mkdtemp(join(tmpdir(), 'cdnd-truncation-')) })
  after(async () => { await rm(folder, { recursive: true }) })

  async function isCut (bytes: Uint8Array): Promise<boolean> {
    const path = join(folder, 'file')
    await writeFile(path, bytes)
    return await isEndMissing(path)
  }

  it('misses the end of a RIFF file that is shorter than it says', async () => {
    expect(await isCut(riff(1000, 999))).to.equal(true)
    expect(await isCut(riff(1000, 1000))).to.equal(false)
  })

  it('lets a RIFF file pass whose writer could not know its size', async () => {
    for (const unknown of [0, 0xffff_ffff, 0x7fff_ffff]) {
      expect(await isCut(riff(unknown, 10))).to.equal(false)
    }
  })

  it('misses the end of an Ogg file cut anywhere in its last page', async () => {
    const whole = Buffer.concat([page(255, 10), page(20, 3)])
    expect(await isCut(whole)).to.equal(false)
    const lastAt = whole.lastIndexOf('OggS')
    for (let end = lastAt + 4; end < whole.length; end++) {
      expect(await isCut(whole.subarray(0, end)), `cut at ${end}`).to.equal(true)
    }
  })

  it('finds the last page of a long Ogg file', async () => {
    const full = page(...Array.from({ length: 255 }, () => 255))
    const whole = Buffer.concat([full, full, full])
    expect(await isCut(whole)).to.equal(false)
    expect(await isCut(whole.subarray(0, -1))).to.equal(true)
  })

  it('reads any file without a throw', async () => {
    const heads = fc.constantFrom('', 'RIFF', 'OggS')
    const rest = fc.uint8Array({ maxLength: 60 })
    await fc.assert(fc.asyncProperty(heads, rest, async (head, bytes) => {
      await isCut(Buffer.concat([Buffer.from(head), bytes]))
    }), { numRuns: 50 })
  })

  it('takes a missing second of a song for a cut, and half of one for rounding', () => {
    expect(isTooShort(60_000, 58_900)).to.equal(true)
    expect(isTooShort(60_000, 59_500)).to.equal(false)
    expect(isTooShort(60_000, 61_000)).to.equal(false)
  })

  it('understands ffmpeg', () => {
    expect(saysEndedTooSoon('[mov @ 0x1] stream 0, offset 0x207c4: partial file')).to.equal(true)
    expect(saysEndedTooSoon('[matroska,webm @ 0x1] File ended prematurely')).to.equal(true)
    expect(saysEndedTooSoon('[mp3 @ 0x1] Estimating duration from bitrate')).to.equal(false)
  })
})
