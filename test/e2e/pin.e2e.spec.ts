import { expect } from 'chai'
import type { DaemonProcess } from '../../testnet/daemon-process.ts'
import { REAL_TRACK } from '../origin/media-files.ts'
import { logOf, NetworkRig, type Published, until } from './network-rig.ts'

/** Until a peer that looks for what it pinned has found the origin that came back. */
const KEPT_MS = 60_000
/** The title takes ten seconds so: the peer is killed before it has all. */
const SLOW = '200kB/s'

describe('e2e/pin', function () {
  this.timeout(120_000)
  let rig: NetworkRig
  let origin: DaemonProcess
  let peer: DaemonProcess
  let title: Published

  before(async () => {
    rig = await NetworkRig.open()
    await rig.start('bootstrap')
    origin = await rig.start('origin', 'origin', { upload: { rate: SLOW } })
    title = await rig.publish(origin, { path: REAL_TRACK, segment: '2s' })
    peer = await rig.start('peer')
  })
  after(async () => { await rig.close() })

  const held = async (): Promise<{ heldBytes: number, size: number, isPinned: boolean }> => {
    const [found] = await (await rig.control(peer)).titles()
    const { heldBytes = 0, size = Number.NaN, isPinned = false } = found ?? {}
    return { heldBytes, size, isPinned }
  }
  const isWhole = async (): Promise<boolean> => {
    const { heldBytes, size, isPinned } = await held()
    return isPinned && heldBytes === size
  }

  it('a pinned title is fetched to its end, though the peer is killed and the origin is away',
    async () => {
      await (await rig.control(peer)).pin(title.id)
      await peer.kill()
      await origin.stop()
      await rig.restart(peer)
      expect(await isWhole()).to.equal(false)
      await rig.restart(origin, { upload: { rate: 'unlimited' } })
      await until(isWhole, 'the whole title at the peer', KEPT_MS)
      await until(async () => (await logOf(peer)).includes(`fetched all of pinned ${title.id}`),
        'the peer to say so')
    })

  it('stays when the user asks to remove it, until it is unpinned', async () => {
    const control = await rig.control(peer)
    const err = await control.remove(title.id).catch((err: Error) => err.name)
    expect([err, await isWhole()]).to.deep.equal(['InvalidArgumentError', true])
    await control.unpin(title.id)
    await control.remove(title.id)
    expect(await control.titles()).to.deep.equal([])
  })
})
