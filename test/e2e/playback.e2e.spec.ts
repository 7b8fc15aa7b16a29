import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect } from 'chai'
import type { DaemonProcess } from '../../testnet/daemon-process.ts'
import {
  ffmpegUnderTest, makeFilm, makeTone, playedMs, REAL_TRACK, REAL_TRACK_MS
} from '../origin/media-files.ts'
import {
  contentOf, gatewayOf, NetworkRig, type Published, servedTitle, type Settings, sourcesOf, until
} from './network-rig.ts'

const CDN_CLI = fileURLToPath(new URL('../../cli/cdn-cli.ts', import.meta.url))
const TOLERANCE_MS = 50
const FILM_SECONDS = 6

const run = promisify(execFile)

/** What ffmpeg has to complain of while it plays a title to its end. */
async function complaints (daemon: DaemonProcess, { id }: Published): Promise<string> {
  const { path } = await ffmpegUnderTest()
  const url = `${gatewayOf(daemon)}/hls/${id}/master.m3u8`
  // All renditions, not only the one a player would choose.
  const args = ['-nostdin', '-v', 'warning', '-i', url, '-map', '0', '-f', 'null', '-']
  return (await run(path, args)).stderr
}

describe('e2e/playback', function () {
  this.timeout(120_000)
  let rig: NetworkRig
  let origin: DaemonProcess
  let first: DaemonProcess
  let second: DaemonProcess
  let music: Published
  let film: Published

  before(async () => {
    rig = await NetworkRig.open()
    await rig.start('bootstrap')
    origin = await rig.start('origin')
    await rig.start('edge')
    music = await rig.publish(origin, { path: REAL_TRACK, bitrates: ['64k', '128k'] })
    const path = await makeFilm(rig.folder, 'film.mp4', FILM_SECONDS, '320x180')
    film = await rig.publish(origin, { path, segment: '2s' })
    first = await rig.start('peer', 'first')
    second = await rig.start('peer', 'second')
  })
  after(async () => { await rig.close() })

  const cli = async (...args: string[]) => {
    const { stdout } = await run(process.execPath, [CDN_CLI, ...args, '--json'])
    return JSON.parse(stdout)
  }

  it('ffmpeg plays music in two bit rates through a peer without a warning', async () => {
    expect(await complaints(first, music)).to.equal('')
  })

  it('ffmpeg plays a film through a peer without a warning', async () => {
    expect(await complaints(first, film)).to.equal('')
  })

  it('ffmpeg plays both through another peer, which has most of them from the first', async () => {
    await rig.untilProvides(first, music.id)
    await rig.untilProvides(first, film.id)
    expect(await complaints(second, music)).to.equal('')
    expect(await complaints(second, film)).to.equal('')
    const { delivered } = await rig.status(second)
    expect(delivered.peer).to.be.greaterThan(delivered.edge + delivered.origin)
  })

  it('every file of both titles equals the origin\'s, from whichever peer', async () => {
    for (const title of [music, film]) {
      const published = contentOf(await servedTitle(origin, title))
      expect(Object.keys(published).length).to.be.greaterThan(3)
      for (const peer of [first, second]) {
        const played = await servedTitle(peer, title)
        expect(contentOf(played)).to.deep.equal(published)
        expect(sourcesOf(played).local).to.be.greaterThan(0)
      }
    }
  })

  it('the file that "cdn-cli fetch" writes lasts as long as the original', async () => {
    const output = join(rig.folder, 'fetched.m4a')
    const fetched = await cli('fetch', music.id, '-o', output, '--data', rig.dataOf(second))
    expect(fetched).to.include({ id: music.id, rendition: '128k', path: output })
    expect(await playedMs(output, 'a')).to.be.closeTo(REAL_TRACK_MS, TOLERANCE_MS)
  })

  it('a fetched film has its picture and sound as long as the original\'s', async () => {
    const output = join(rig.folder, 'fetched.mp4')
    await cli('fetch', film.id, '-o', output, '--data', rig.dataOf(second))
    expect(await playedMs(output, 'v')).to.be.closeTo(FILM_SECONDS * 1000, TOLERANCE_MS)
    expect(await playedMs(output, 'a')).to.be.closeTo(FILM_SECONDS * 1000, TOLERANCE_MS)
  })

  it('a short-lived node fetches without a daemon', async () => {
    const tone = await makeTone(rig.folder, 'tone.flac', 5)
    const { id } = await rig.publish(origin, { path: tone, alias: 'tone' })
    const output = join(rig.folder, 'tone.m4a')
    const bootstrap = rig.bootstrapAddresses()
    const fetched = await cli(
      'fetch', id, '-o', output, '--network', 'e2e', '--bootstrap', ...bootstrap
    )
    expect(fetched.sources.local).to.equal(0)
    expect(await playedMs(output, 'a')).to.be.closeTo(5000, TOLERANCE_MS)
  })
})

const VARIANTS: Record<string, Settings> = {
  'without the DHT': { dht: { enabled: 'off' } },
  'without the tracker': { tracker: { enabled: 'off' } }
}

for (const [name, settings] of Object.entries(VARIANTS)) {
  describe(`e2e/playback, ${name}`, function () {
    this.timeout(60_000)
    let rig: NetworkRig
    let origin: DaemonProcess
    let title: Published

    before(async () => {
      rig = await NetworkRig.open(settings)
      await rig.start('bootstrap')
      origin = await rig.start('origin')
      const path = await makeTone(rig.folder, 'tone.flac', 12)
      title = await rig.publish(origin, { path, segment: '2s' })
    })
    after(async () => { await rig.close() })

    it('a peer plays from the servers, and the next one from it once they are gone', async () => {
      const published = contentOf(await servedTitle(origin, title))
      const first = await rig.start('peer', 'first')
      expect(contentOf(await servedTitle(first, title))).to.deep.equal(published)
      const second = await rig.start('peer', 'second')
      await untilFound(rig, second, title, first)
      await origin.kill()
      const played = await servedTitle(second, title)
      expect(contentOf(played)).to.deep.equal(published)
      expect(sourcesOf(played)).to.include({ edge: 0, origin: 0 })
    })
  })
}

/** Waits until `seeker` finds `holder` among those who have the title. */
async function untilFound (
  rig: NetworkRig, seeker: DaemonProcess, { id }: Published, holder: DaemonProcess
): Promise<void> {
  const client = await rig.control(seeker)
  await until(async () => {
    const { providers } = await client.title(id)
    return providers.some(({ peer }) => peer === holder.ready.peer)
  }, `${holder.name} as a provider`)
}
