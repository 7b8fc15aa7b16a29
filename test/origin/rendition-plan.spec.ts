import { expect } from 'chai'
import type { MediaInfo } from '../../origin/media-probe.ts'
import { ffmpegOptions, planRenditions } from '../../origin/rendition-plan.ts'
import { completeSettings } from '../../origin/settings.ts'
import type { IngestRequest } from '../../origin/types.ts'

const song: MediaInfo = {
  formats: ['flac'], isEstimated: false, audio: { index: 0, codec: 'flac', sampleRate: 44_100 }
}
const film = (width: number, height: number, fps?: number): MediaInfo => ({
  formats: ['mp4'],
  isEstimated: false,
  video: { index: 0, codec: 'h264', width, height, ...fps != null && { fps } },
  audio: { index: 1, codec: 'aac', sampleRate: 48_000 }
})
const settings = (request: Partial<IngestRequest> = {}) =>
  completeSettings({ path: 'a', ...request })
const names = (media: MediaInfo, request: Partial<IngestRequest> = {}): string[] =>
  planRenditions(media, settings(request)).map(({ name }) => name)

/** ffmpeg's options as text. */
function optionsOf (media: MediaInfo, request: Partial<IngestRequest> = {}): string {
  return ffmpegOptions(media, planRenditions(media, settings(request)), settings(request)).join(' ')
}

describe('origin/rendition-plan', () => {
  it('makes one rendition of sound for each bit rate', () => {
    expect(names(song, { bitrates: [64_000, 128_000] })).to.deep.equal(['64k', '128k'])
  })

  it('keeps the size of a video', () => {
    expect(names(film(640, 480))).to.deep.equal(['480p'])
    expect(names(film(641, 481))).to.deep.equal(['480p'])
  })

  it('makes a large video no larger than 1080', () => {
    expect(names(film(3840, 2160))).to.deep.equal(['1080p'])
  })

  it('counts the shorter side of a portrait video', () => {
    expect(names(film(720, 1280))).to.deep.equal(['720p'])
  })

  it('does not go above the source', () => {
    expect(names(film(1280, 720), { ladder: [360, 720, 1080] })).to.deep.equal(['360p', '720p'])
    expect(names(film(320, 240), { ladder: [360, 720] })).to.deep.equal(['240p'])
  })

  it('gives a video the highest of the bit rates for its sound', () => {
    const plans = planRenditions(film(640, 480), settings({ bitrates: [64_000, 256_000] }))
    expect(plans).to.deep.equal([{ name: '480p', height: 480, audioBitrate: 256_000 }])
  })

  it('pins what would make two runs differ', () => {
    for (const media of [song, film(640, 480)]) {
      const options = optionsOf(media)
      expect(options).to.match(/-threads \d/)
      expect(options).to.include('-map_metadata -1').and.to.include('-fflags +bitexact')
    }
  })

  it('keeps the usual sample rates and makes the others 48 kHz', () => {
    expect(optionsOf(song)).to.include('-ar 44100')
    const studio: MediaInfo = { ...song, audio: { ...song.audio!, sampleRate: 96_000 } }
    expect(optionsOf(studio)).to.include('-ar 48000')
  })

  it('takes streams by the numbers they have in the file', () => {
    expect(optionsOf({ ...song, audio: { ...song.audio!, index: 3 } })).to.include('-map 0:3')
  })

  it('writes broadcast frame rates as the fractions they are', () => {
    expect(optionsOf(film(640, 480, 29.97))).to.include('fps=fps=30000/1001:')
  })

  it('makes frame rates steady that are not known, or beyond what players take', () => {
    expect(optionsOf(film(640, 480))).to.include('fps=fps=30:')
    expect(optionsOf(film(640, 480, 1000))).to.include('fps=fps=30:')
    expect(optionsOf(film(640, 480, 120))).to.include('fps=fps=60:')
  })

  it('puts keyframes where segments begin', () => {
    expect(optionsOf(film(640, 480), { segmentMs: 2500 }))
      .to.include('expr:gte(t,n_forced*2.5)').and.to.include('-hls_time 2.5')
  })
})
