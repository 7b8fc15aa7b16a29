import { readFileSync } from 'node:fs'
import { expect } from 'chai'
import fc from 'fast-check'
import type { Ffmpeg } from '../../origin/ffmpeg.ts'
import { parseInspection, probeMedia } from '../../origin/media-probe.ts'
import { InvalidMediaError } from '../../protocols/errors.ts'

const fixture = (name: string): string =>
  readFileSync(new URL(`../fixtures/media/${name}.txt`, import.meta.url), 'utf8')

/** An ffmpeg that says `text` of every file. */
const saying = (text: string): Ffmpeg => ({ inspect: async () => text }) as unknown as Ffmpeg

describe('origin/media-probe', () => {
  for (const version of ['5.1', '7.0']) {
    it(`takes no cover picture for video, and no tag for a stream (ffmpeg ${version})`, () => {
      const media = parseInspection(fixture(`cover-${version}`))
      expect(media).to.deep.equal({
        formats: ['mp3'],
        isEstimated: false,
        durationMs: 25_050,
        audio: { index: 0, codec: 'mp3', sampleRate: 44_100 },
        video: undefined
      })
    })

    it(`finds picture and sound with their numbers, size and rate (ffmpeg ${version})`, () => {
      const media = parseInspection(fixture(`rot-${version}`))
      expect(media?.durationMs).to.equal(13_320)
      expect(media?.video).to.deep.equal({
        index: 0, codec: 'h264', width: 320, height: 240, fps: 25
      })
      expect(media?.audio).to.deep.equal({ index: 1, codec: 'aac', sampleRate: 44_100 })
    })
  }

  it('says when the duration is a guess', () => {
    const text = '[mp3 @ 0x1] Estimating duration from bitrate, this may be inaccurate\n' +
      "Input #0, mp3, from 'a.mp3':\n  Duration: 00:00:15.03, start: 0.0, bitrate: 128 kb/s\n"
    expect(parseInspection(text)).to.include({ isEstimated: true, durationMs: 15_030 })
  })

  it('leaves out a duration that is not known', () => {
    expect(parseInspection("Input #0, webm, from 'a':\n  Duration: N/A, start: 0.0\n"))
      .not.to.have.property('durationMs')
  })

  it('reads any text without a throw', () => {
    fc.assert(fc.property(fc.string(), text => {
      parseInspection(`Input #0, ${text}, from 'a':\n${text}`)
    }))
  })

  const refused: Array<[string, string, RegExp]> = [
    ['what ffmpeg cannot read', fixture('note-7.0'), /not audio or video.*Invalid data/],
    ['an MP4 without its index', '[mov @ 0x1] moov atom not found\n', /cut short/],
    ['a picture', "Input #0, png_pipe, from 'a':\n  Stream #0:0: Video: png, 9x9\n", /png_pipe/],
    ['a playlist', "Input #0, hls, from 'a.m3u8':\n  Stream #0:0: Audio: aac, 44100 Hz\n", /hls/],
    ['subtitles', "Input #0, srt, from 'a':\n  Stream #0:0: Subtitle: subrip\n", /neither sound/]
  ]
  for (const [what, text, reason] of refused) {
    it(`refuses ${what}`, async () => {
      const refusal = await probeMedia(saying(text), '/a').catch((err: unknown) => err)
      expect(refusal).to.be.instanceOf(InvalidMediaError)
      expect((refusal as Error).message).to.match(reason)
    })
  }
})
