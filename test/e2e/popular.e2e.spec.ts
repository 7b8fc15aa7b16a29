import { expect } from 'chai'
import type { PopularTitle } from '../../protocols/control/index.ts'
import type { DaemonProcess } from '../../testnet/daemon-process.ts'
import { makeTone } from '../origin/media-files.ts'
import {
  gatewayOf, NetworkRig, type Published, served, servedTitle, until
} from './network-rig.ts'

/** A survey of what is wanted, a round of keeping it, and the fetch. */
const KEPT_MS = 60_000

describe('e2e/popular', function () {
  this.timeout(120_000)
  let rig: NetworkRig
  let origin: DaemonProcess
  let edge: DaemonProcess
  let liked: Published
  let other: Published

  before(async () => {
    rig = await NetworkRig.open()
    await rig.start('bootstrap')
    origin = await rig.start('origin')
    liked = await rig.publish(origin, {
      path: await makeTone(rig.folder, 'liked.flac', 16), segment: '2s', alias: 'liked'
    })
    other = await rig.publish(origin, {
      path: await makeTone(rig.folder, 'other.flac', 11), segment: '2s'
    })
    edge = await rig.start('edge', 'edge', { popular: { pinTop: 1, prefetchTop: 1 } })
    await until(async () => (await rig.status(edge)).httpSources.length > 0,
      'the edge to know the origin')
  })
  after(async () => { await rig.close() })

  const top = async (daemon: DaemonProcess): Promise<PopularTitle[]> =>
    await (await rig.control(daemon)).popular()
  const isWhole = async (daemon: DaemonProcess, { id }: Published): Promise<boolean> => {
    const found = (await (await rig.control(daemon)).titles()).find(title => title.id === id)
    return found != null && found.heldBytes === found.size
  }

  it('an edge counts what players ask of it, by title and alias alike', async () => {
    for (const id of [liked.id, 'liked']) {
      for (const n of [0, 1, 2]) await served(`${gatewayOf(edge)}/hls/${id}/128k/${n}.m4s`)
    }
    await served(`${gatewayOf(edge)}/hls/${other.id}/128k/0.m4s`)
    await until(async () => (await top(edge)).length === 2, 'both titles to be counted')
    const [first, second] = await top(edge)
    expect([first!.id, second!.id]).to.deep.equal([liked.id, other.id])
    expect(first!.segments.map(({ plays }) => Math.round(plays))).to.deep.equal([2, 2, 2])
  })

  it('pins the title at the top, and fetches the rest of it from the origin', async () => {
    await until(async () => (await top(edge))[0]!.isPinned && await isWhole(edge, liked),
      'the popular title to be pinned and whole at the edge', KEPT_MS)
    expect(await isWhole(edge, other)).to.equal(false)
    expect((await top(edge))[1]!.isPinned).to.equal(false)
  })

  it('remembers over a restart what was played', async () => {
    const before = await top(edge)
    await edge.stop()
    await rig.restart(edge)
    const after = await top(edge)
    expect(after.map(({ id }) => id)).to.deep.equal(before.map(({ id }) => id))
    expect(after[0]!.plays).to.be.closeTo(before[0]!.plays, 0.01)
  })

  it('a super-seeder keeps the title that others play, though nobody told it to', async () => {
    const seeder = await rig.start('peer', 'seeder', { preset: 'super-seeder' })
    const peers: DaemonProcess[] = []
    for (const name of ['anna', 'bert']) {
      const peer = await rig.start('peer', name)
      peers.push(peer)
      await servedTitle(peer, other)
      await rig.untilProvides(peer, other.id)
    }
    await until(async () => await isWhole(seeder, other), 'the super-seeder to hold it', KEPT_MS)
    await until(async () =>
      (await top(seeder)).some(({ id, isPinned }) => id === other.id && isPinned),
    'the super-seeder to pin it', KEPT_MS)
    await rig.untilProvides(seeder, other.id)
    // It carries the title alone, once everybody else is gone.
    for (const daemon of [edge, origin, ...peers]) await daemon.stop()
    const late = await rig.start('peer', 'late')
    const files = [...(await servedTitle(late, other)).values()]
    expect(new Set(files.map(({ status }) => status))).to.deep.equal(new Set([200]))
    const { delivered } = await rig.status(late)
    expect([delivered.edge, delivered.origin]).to.deep.equal([0, 0])
    expect(delivered.peer).to.be.greaterThan(other.size / 2)
  })
})
