/**
 * Where the media in an fMP4 segment ends.
 * in: an initialisation section and a segment. out: milliseconds on the tracks' own clocks.
 *
 * ISO/IEC 14496-12: per track a `traf` with `tfhd` (track, defaults), `tfdt` (time of the first
 * sample) and `trun`s (samples). ffmpeg's playlist and progress each know one of the tracks only.
 */

import { InvalidMediaError } from '../protocols/errors.ts'
import { FULL_BOX_BYTES, findAll, findFirst, viewOf } from './mp4-box.ts'

interface Track {
  timescale: number
  sampleDuration: number
}

const MAX_SAMPLES = 1_000_000
const TFHD = { baseDataOffset: 0x01, sampleDescription: 0x02, duration: 0x08 }
const TRUN = {
  dataOffset: 0x01, firstFlags: 0x04, duration: 0x100, size: 0x200, flags: 0x400, offset: 0x800
}

/**
 * The end of the track that lasts longest.
 *
 * @throws InvalidMediaError when either is not fMP4
 */
export function fragmentEndMs (init: Uint8Array, segment: Uint8Array): number {
  try {
    const tracks = readTracks(init)
    const ends = findAll(segment, 'moof', 'traf').map(traf => trackEndMs(traf, tracks))
    return ends.reduce((latest, end) => Math.max(latest, end), 0)
  } catch (err) {
    // A field past the end of its box.
    if (!(err instanceof RangeError)) throw err
    throw new InvalidMediaError('an MP4 box is cut short', { cause: err })
  }
}

function readTracks (init: Uint8Array): Map<number, Track> {
  const defaults = new Map(findAll(init, 'moov', 'mvex', 'trex').map(viewOf)
    .map(trex => [trex.getUint32(4), trex.getUint32(12)]))
  return new Map(findAll(init, 'moov', 'trak').map(trak => {
    const tkhd = viewOf(findFirst(trak, 'tkhd'))
    const mdhd = viewOf(findFirst(trak, 'mdia', 'mdhd'))
    // Version 1 has two times of eight bytes before the field, version 0 of four.
    const id = tkhd.getUint32(tkhd.getUint8(0) === 1 ? 20 : 12)
    const timescale = mdhd.getUint32(mdhd.getUint8(0) === 1 ? 20 : 12)
    if (timescale === 0) throw new InvalidMediaError('a track of the init section has no clock')
    return [id, { timescale, sampleDuration: defaults.get(id) ?? 0 }]
  }))
}

function trackEndMs (traf: Uint8Array, tracks: Map<number, Track>): number {
  const tfhd = viewOf(findFirst(traf, 'tfhd'))
  const track = tracks.get(tfhd.getUint32(FULL_BOX_BYTES))
  if (track == null) throw new InvalidMediaError('a segment has a track its init section has not')
  const flags = tfhd.getUint32(0)
  const durationAt = 8 + (has(flags, TFHD.baseDataOffset) ? 8 : 0) +
    (has(flags, TFHD.sampleDescription) ? 4 : 0)
  const sampleDuration = has(flags, TFHD.duration)
    ? tfhd.getUint32(durationAt)
    : track.sampleDuration
  const tfdt = viewOf(findFirst(traf, 'tfdt'))
  const start = tfdt.getUint8(0) === 1 ? Number(tfdt.getBigUint64(4)) : tfdt.getUint32(4)
  const runs = findAll(traf, 'trun').map(trun => runLength(viewOf(trun), sampleDuration))
  return (start + runs.reduce((sum, length) => sum + length, 0)) * 1000 / track.timescale
}

/** On the track's clock. */
function runLength (trun: DataView, sampleDuration: number): number {
  const flags = trun.getUint32(0)
  const samples = trun.getUint32(4)
  if (samples > MAX_SAMPLES) throw new InvalidMediaError('a segment has too many samples')
  if (!has(flags, TRUN.duration)) return samples * sampleDuration
  const first = 8 + (has(flags, TRUN.dataOffset) ? 4 : 0) + (has(flags, TRUN.firstFlags) ? 4 : 0)
  const fields = [TRUN.duration, TRUN.size, TRUN.flags, TRUN.offset]
  const sampleBytes = 4 * fields.filter(field => has(flags, field)).length
  let length = 0
  for (let i = 0; i < samples; i++) length += trun.getUint32(first + i * sampleBytes)
  return length
}

function has (flags: number, flag: number): boolean {
  return (flags & flag) !== 0
}
