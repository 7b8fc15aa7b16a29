import { expect } from 'chai'
import {
  averageBandwidth, masterPlaylist, mediaPlaylist, openManifest, type Rendition, type SegmentIndex
} from '../../../protocols/content/index.ts'
import { goldenTitle, sampleTitle } from './titles.ts'

const golden = await goldenTitle()
const [sound, picture] = golden.root.renditions as [Rendition, Rendition]

/** An index as a live one looks: a window of it that has moved on. */
async function windowed (first: number, isComplete: boolean): Promise<SegmentIndex> {
  const { id, load } = await sampleTitle(20)
  const whole = (await openManifest(id, load)).index('128k')
  return {
    rendition: whole.rendition,
    first,
    next: 20,
    isComplete,
    segment: number => whole.segment(number),
    async * segments () {
      for await (const segment of whole.segments()) {
        if (segment.number >= first) {
          yield segment
        }
      }
    },
    onGrow: whole.onGrow
  }
}

describe('protocols/content/hls', () => {
  it('lists every rendition in the master playlist', () => {
    expect(masterPlaylist(golden.root)).to.equal([
      '#EXTM3U',
      '#EXT-X-VERSION:7',
      '#EXT-X-INDEPENDENT-SEGMENTS',
      '#EXT-X-STREAM-INF:BANDWIDTH=140000,AVERAGE-BANDWIDTH=1999,CODECS="mp4a.40.2"',
      '128k/index.m3u8',
      '#EXT-X-STREAM-INF:BANDWIDTH=800000,AVERAGE-BANDWIDTH=1800,' +
        'CODECS="avc1.64001e,mp4a.40.2",RESOLUTION=640x360',
      '360p/index.m3u8',
      ''
    ].join('\n'))
  })

  it('lists init section, segments and end in the playlist of a finished rendition', async () => {
    const manifest = await openManifest(golden.id, golden.load)
    expect(await mediaPlaylist(manifest.index('360p'))).to.equal([
      '#EXTM3U',
      '#EXT-X-VERSION:7',
      '#EXT-X-INDEPENDENT-SEGMENTS',
      '#EXT-X-TARGETDURATION:5',
      '#EXT-X-MEDIA-SEQUENCE:0',
      '#EXT-X-PLAYLIST-TYPE:VOD',
      '#EXT-X-MAP:URI="init.mp4"',
      '#EXTINF:4.000000,', '0.m4s', '#EXTINF:4.001000,', '1.m4s', '#EXTINF:4.002000,', '2.m4s',
      '#EXT-X-ENDLIST',
      ''
    ].join('\n'))
  })

  it('writes durations to the microsecond', async () => {
    const manifest = await openManifest(golden.id, golden.load)
    const durations = (await mediaPlaylist(manifest.index('128k'))).match(/(?<=#EXTINF:)[^,]+/g)
    expect(new Set(durations)).to.deep.equal(new Set(['10.005333']))
    expect(durations).to.have.length(20)
  })

  it('begins where the index begins and has no end while segments may come', async () => {
    const playlist = await mediaPlaylist(await windowed(17, false))
    expect(playlist).to.contain('#EXT-X-MEDIA-SEQUENCE:17\n')
    expect(playlist.match(/.*\.m4s/g)).to.deep.equal(['17.m4s', '18.m4s', '19.m4s'])
    expect(playlist).to.not.contain('ENDLIST').and.not.contain('VOD')
    const ended = await mediaPlaylist(await windowed(17, true))
    expect(ended).to.contain('ENDLIST').and.not.contain('VOD')
  })

  it('never states a peak below the average', () => {
    const renditions = [{ ...sound, bandwidth: 1 }]
    expect(masterPlaylist({ ...golden.root, renditions })).to.contain('BANDWIDTH=1999,AVERAGE')
  })

  it('knows no average before there is media', () => {
    expect(averageBandwidth({ ...picture, durationMs: 0 })).to.equal(undefined)
  })

  it('leaves out the init section where there is none', async () => {
    const index = await windowed(0, true)
    const { init, ...rendition } = index.rendition
    const playlist = await mediaPlaylist({ ...index, rendition })
    expect(playlist).to.contain('0.m4s').and.not.contain('MAP')
  })
})
