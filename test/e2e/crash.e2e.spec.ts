import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect } from 'chai'
import type { DaemonProcess } from '../../testnet/daemon-process.ts'
import { makeTone, REAL_TRACK } from '../origin/media-files.ts'
import {
  contentOf, gatewayOf, getJson, NetworkRig, type Published, type Served, served, servedTitle,
  sourcesOf, until
} from './network-rig.ts'

/** The goal is 2 s; a shared machine may have other things to do. */
const MAX_RESTART_MS = 10_000
const KILLS = 5
/** A node tells a tracker that has forgotten it at its next heartbeat, within 30 s. */
const HEARTBEAT_MS = 45_000

describe('e2e/crash', function () {
  this.timeout(90_000)
  let rig: NetworkRig
  let bootstrap: DaemonProcess
  let origin: DaemonProcess
  let edge: DaemonProcess
  let listener: DaemonProcess
  let other: DaemonProcess
  let title: Published
  let published: Record<string, string>

  before(async () => {
    // Many small blocks: a kill finds some of them half written.
    rig = await NetworkRig.open({ origin: { blockSize: '16KiB' } })
    bootstrap = await rig.start('bootstrap')
    origin = await rig.start('origin')
    edge = await rig.start('edge')
    const path = await makeTone(rig.folder, 'tone.flac', 60)
    title = await rig.publish(origin, { path, bitrates: ['64k', '256k'], segment: '4s' })
    published = contentOf(await servedTitle(origin, title))
    listener = await rig.start('peer', 'listener')
    other = await rig.start('peer', 'other')
    expect(contentOf(await servedTitle(listener, title))).to.deep.equal(published)
  })
  after(async () => { await rig.close() })

  const urlOf = (daemon: DaemonProcess, path: string): string =>
    `${gatewayOf(daemon)}/hls/${title.id}/${path}`
  const isRight = (path: string, { status, sha256 }: Served): boolean =>
    `${status} ${sha256}` === published[path]

  /** The listener plays what it no longer has; half-way comes `strike`. */
  const playThrough = async (strike: () => Promise<void>): Promise<void> => {
    await (await rig.control(listener)).remove(title.id)
    const paths = Object.keys(published)
    let struck: Promise<void> | undefined
    for (const [n, path] of paths.entries()) {
      if (n === Math.floor(paths.length / 2)) struck = strike()
      expect(isRight(path, await served(urlOf(listener, path))), path).to.equal(true)
    }
    await struck
  }

  /** Restarts a killed daemon; the time until it answers as `isServing` asks. */
  const revive = async (
    daemon: DaemonProcess, isServing: () => Promise<boolean>
  ): Promise<void> => {
    const startedMs = performance.now()
    await rig.restart(daemon)
    await until(isServing, `${daemon.name} to serve`)
    const tookMs = Math.round(performance.now() - startedMs)
    console.log(`        ${daemon.name} served again ${tookMs} ms after its restart`)
    expect(tookMs).to.be.below(MAX_RESTART_MS)
  }
  /** Whether it serves a file that hashes as published. */
  const servesRight = (daemon: DaemonProcess, path: string) => async (): Promise<boolean> =>
    isRight(path, await served(urlOf(daemon, path)))

  /** Blocks are played before they are on the disk: the last are still on their way. */
  const untilKept = async (daemon: DaemonProcess): Promise<void> => {
    const client = await rig.control(daemon)
    await until(async () => {
      const [kept] = await client.titles()
      return kept?.heldBytes === kept?.size
    }, `${daemon.name} to have written all of the title`)
  }

  it('a bootstrap comes back while a peer plays', async () => {
    await playThrough(async () => {
      await bootstrap.kill()
      await revive(bootstrap, async () =>
        (await getJson<{ status: string }>(`${gatewayOf(bootstrap)}/healthz`)).status === 'ok')
    })
  })

  it('a peer that starts again while its bootstrap is gone plays all the same', async () => {
    await (await rig.control(listener)).remove(title.id)
    const known = join(rig.dataOf(listener), 'acquaintances.json')
    await until(async () => (await readFile(known, 'utf8').catch(() => ''))
      .includes(origin.ready.peer!), 'the peer to have written down whom it knows')
    await bootstrap.kill()
    await listener.kill()
    // Elsewhere: those who knew it cannot dial it first.
    await rig.restart(listener, { listen: ['/ip4/127.0.0.1/tcp/0'] })
    expect(contentOf(await servedTitle(listener, title))).to.deep.equal(published)
    await rig.restart(bootstrap)
  })

  it('an origin comes back while a peer plays, with its list and its blocks', async () => {
    const songs = await getJson(`${gatewayOf(origin)}/songs`)
    await playThrough(async () => {
      await origin.kill()
      await revive(origin, servesRight(origin, '256k/3.m4s'))
    })
    expect(await getJson(`${gatewayOf(origin)}/songs`)).to.deep.equal(songs)
    expect(contentOf(await servedTitle(origin, title))).to.deep.equal(published)
  })

  it('an origin killed while it publishes has nothing half published', async () => {
    const songs = await getJson(`${gatewayOf(origin)}/songs`)
    const client = await rig.control(origin)
    const publishing = async (): Promise<void> => {
      for await (const { stage } of client.publish({ path: REAL_TRACK })) {
        if (stage === 'transcode') await origin.kill()
      }
    }
    const failure = await publishing().then(() => undefined, (err: Error) => err.name)
    expect(failure).to.equal('UpstreamError')
    await revive(origin, servesRight(origin, '64k/0.m4s'))
    expect(await getJson(`${gatewayOf(origin)}/songs`)).to.deep.equal(songs)
    expect((await rig.publish(origin, { path: REAL_TRACK })).durationMs).to.be.greaterThan(140_000)
  })

  it('an edge comes back while a peer plays, with what it had, without the origin', async () => {
    await playThrough(async () => {
      await edge.kill()
      await revive(edge, servesRight(edge, '256k/3.m4s'))
    })
    await untilKept(edge)
    await edge.kill()
    await origin.kill()
    await revive(edge, servesRight(edge, '256k/3.m4s'))
    const kept = await servedTitle(edge, title)
    expect(contentOf(kept)).to.deep.equal(published)
    expect(sourcesOf(kept)).to.include({ peer: 0, edge: 0, origin: 0 })
    await rig.restart(origin)
  })

  it(`a peer killed ${KILLS} times while it writes never serves a wrong byte`, async () => {
    const paths = Object.keys(published)
    for (let kill = 1; kill <= KILLS; kill++) {
      await (await rig.control(other)).remove(title.id)
      // All at once, so that many blocks are on their way to the disk when the first is served.
      const files = paths.map(async path => await served(urlOf(other, path)))
      const all = Promise.allSettled(files)
      await Promise.any(files.slice(kill))
      await other.kill()
      for (const [n, file] of (await all).entries()) {
        if (file.status === 'fulfilled') expect(isRight(paths[n]!, file.value)).to.equal(true)
      }
      await revive(other, servesRight(other, paths[kill]!))
      expect(contentOf(await servedTitle(other, title))).to.deep.equal(published)
    }
  })

  it('a peer comes back with what it had when everybody else is gone', async () => {
    await untilKept(other)
    for (const daemon of [other, listener, edge, origin, bootstrap]) await daemon.kill()
    await revive(other, servesRight(other, '256k/3.m4s'))
    const kept = await servedTitle(other, title)
    expect(contentOf(kept)).to.deep.equal(published)
    expect(sourcesOf(kept)).to.include({ peer: 0, edge: 0, origin: 0 })
  })

  it('everybody is registered again at a bootstrap that has forgotten them', async () => {
    for (const daemon of [bootstrap, origin, edge, listener]) await rig.restart(daemon)
    const members = [origin, edge, listener, other]
    const known = async (): Promise<string[]> => await rig.providersOf(title.id)
    await until(async () => {
      const providers = await known()
      return members.every(({ ready }) => providers.includes(ready.peer!))
    }, 'all to be providers again', HEARTBEAT_MS)
  })
})
