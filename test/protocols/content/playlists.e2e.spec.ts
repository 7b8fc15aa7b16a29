/**
 * What ffmpeg thinks of our playlists: it reads them, and the media behind them, without a word.
 */

import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { expect } from 'chai'
import { findFfmpeg } from '../../../origin/find-ffmpeg.ts'
import {
  chunkSegment, type Manifest, masterPlaylist, mediaPlaylist, mpd, openManifest,
  type RenditionInput
} from '../../../protocols/content/index.ts'
import { MAX_BLOCK_BYTES } from '../../../protocols/limits.ts'
import { sha256 } from '../../../protocols/sha256.ts'
import { titleOf } from './titles.ts'

interface Playback {
  seconds: number
  words: string
  streams: string
}

const run = promisify(execFile)
const SECONDS = 9
const AUDIO = ['-f', 'lavfi', '-i', `sine=frequency=330:sample_rate=48000:duration=${SECONDS}`]
const VIDEO = ['-f', 'lavfi', '-i', `testsrc=size=128x72:rate=25:duration=${SECONDS}`]
const H264 = ['-c:v', 'libx264', '-preset', 'ultrafast', '-pix_fmt', 'yuv420p', '-g', '50']

describe('protocols/content/playlists', function () {
  this.timeout(60_000)
  let folder: string
  let ffmpeg: string

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'cdnd-playlists-'))
    ffmpeg = (await findFfmpeg()).path
  })

  after(() => rm(folder, { recursive: true, force: true }))

  /** A rendition as ffmpeg cuts it, its files left in a folder of its name. */
  async function cut (
    name: string, input: string[], encoding: Omit<RenditionInput, 'name' | 'segments'>
  ): Promise<RenditionInput> {
    const source = join(folder, 'cut', name)
    await mkdir(source, { recursive: true })
    await run(ffmpeg, [
      '-v', 'error', ...input, '-c:a', 'aac', '-f', 'hls', '-hls_time', '4',
      '-hls_playlist_type', 'vod', '-hls_segment_type', 'fmp4', '-hls_segment_filename', '%d.m4s',
      'index.m3u8'
    ], { cwd: source })
    const playlist = await readFile(join(source, 'index.m3u8'), 'utf8')
    const durations = playlist.match(/(?<=#EXTINF:)[\d.]+/g)!.map(seconds => Number(seconds) * 1000)
    const segments = await Promise.all(durations.map(async (durationMs, i) => {
      const bytes = await readFile(join(source, `${i}.m4s`))
      const { entry } = await chunkSegment(bytes, { sha256, blockBytes: 20_000 })
      return { ...entry, durationMs }
    }))
    const initBytes = await readFile(join(source, 'init.mp4'))
    const init = await chunkSegment(initBytes, { sha256, blockBytes: MAX_BLOCK_BYTES })
    return { name, ...encoding, init: init.entry, segments }
  }

  /** The title as a gateway shows it: the same paths, as files. */
  async function publish (renditions: RenditionInput[]): Promise<Manifest> {
    const { id, load } = await titleOf(renditions)
    const manifest = await openManifest(id, load, { sha256 })
    const hls = join(folder, 'hls', id.toString())
    await write(join(hls, 'master.m3u8'), masterPlaylist(manifest.root))
    for (const { name, segments } of manifest.root.renditions) {
      await write(join(hls, name, 'index.m3u8'), await mediaPlaylist(manifest.index(name)))
      for (const file of ['init.mp4', ...[...Array(segments).keys()].map(i => `${i}.m4s`)]) {
        await write(join(hls, name, file), await readFile(join(folder, 'cut', name, file)))
      }
    }
    await write(join(folder, 'dash', id.toString(), 'manifest.mpd'), await mpd(manifest))
    return manifest
  }

  async function write (path: string, content: string | Uint8Array): Promise<void> {
    await mkdir(dirname(path), { recursive: true })
    await writeFile(path, content)
  }

  /** Decodes all streams of a file; the seconds there were, and everything ffmpeg had to say. */
  async function play (...path: string[]): Promise<Playback> {
    const input = ['-i', join(folder, ...path), '-map', '0']
    const output = ['-f', 'null', '-progress', '-', '-']
    const quiet = await run(ffmpeg, ['-v', 'warning', ...input, ...output])
    const seconds = Number(/.*out_time_us=(\d+)/s.exec(quiet.stdout)?.[1]) / 1e6
    const { stderr } = await run(ffmpeg, [...input, '-t', '0', '-f', 'null', '-'])
    const [described = ''] = stderr.split('Output #')
    const streams = described.match(/(?<=Stream #.*)(Audio|Video)/g) ?? []
    return { seconds, words: quiet.stderr, streams: streams.sort().join(' ') }
  }

  it('lets ffmpeg play sound in two bitrates over HLS and DASH', async () => {
    const renditions = [
      await cut('64k', [...AUDIO, '-b:a', '64k'], { bandwidth: 80_000, codecs: 'mp4a.40.2' }),
      await cut('128k', [...AUDIO, '-b:a', '128k'], { bandwidth: 150_000, codecs: 'mp4a.40.2' })
    ]
    const { id } = await publish(renditions)
    for (const path of [['hls', `${id}`, 'master.m3u8'], ['dash', `${id}`, 'manifest.mpd']]) {
      const { seconds, words, streams } = await play(...path)
      expect(words, path[0]).to.equal('')
      expect(streams, path[0]).to.equal('Audio Audio')
      expect(seconds, path[0]).to.be.closeTo(SECONDS, 0.05)
    }
  })

  it('lets ffmpeg play picture and sound over HLS, and from the files the MPD names', async () => {
    const rendition = await cut('72p', [...VIDEO, ...AUDIO, ...H264], {
      bandwidth: 300_000, codecs: 'avc1.42c00a,mp4a.40.2', resolution: { width: 128, height: 72 }
    })
    const { id } = await publish([rendition])
    // ffmpeg's DASH reader takes each representation for one stream, so it is given the files.
    const paths = await filesOf(join(folder, 'dash', `${id}`, 'manifest.mpd'))
    const files = await Promise.all(paths.map(path => readFile(path)))
    await write(join(folder, 'whole.mp4'), Buffer.concat(files))
    for (const path of [['hls', `${id}`, 'master.m3u8'], ['whole.mp4']]) {
      const { seconds, words, streams } = await play(...path)
      expect(words, path[0]).to.equal('')
      expect(streams, path[0]).to.equal('Audio Video')
      expect(seconds, path[0]).to.be.closeTo(SECONDS, 0.05)
    }
  })
})

/** Paths of the init section and segments of an MPD's only representation, as its template says. */
async function filesOf (path: string): Promise<string[]> {
  const text = await readFile(path, 'utf8')
  const of = (pattern: RegExp) => pattern.exec(text)?.[1] ?? expect.fail(`no ${pattern}`)
  const runs = text.match(/<S [^>]+>/g)!.map(run => 1 + Number(/ r="(\d+)"/.exec(run)?.[1] ?? 0))
  const count = runs.reduce((sum, run) => sum + run)
  const media = of(/media="([^"]+)"/)
  const names = [of(/initialization="([^"]+)"/), ...[...Array(count).keys()].map(
    i => media.replace('$Number$', String(i + Number(of(/startNumber="(\d+)"/))))
  )]
  const base = join(dirname(path), of(/<BaseURL>([^<]+)/))
  const id = of(/Representation id="([^"]+)/)
  return names.map(name => join(base, name.replace('$RepresentationID$', id)))
}
