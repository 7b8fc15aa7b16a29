import { expect } from 'chai'
import { DEFAULT_BLOCK_BYTES } from '../../protocols/limits.ts'
import type { DaemonProcess } from '../../testnet/daemon-process.ts'
import { play } from '../../testnet/player.ts'
import { REAL_TRACK } from '../origin/media-files.ts'
import { FalsePeer, type Misdeed } from './false-peer.ts'
import {
  addressesOf, gatewayOf, NetworkRig, type Published, servedTitle, until
} from './network-rig.ts'

/** Of the title; with the speed, the test of one misdeed takes six seconds. */
const PLAYED_MS = 12_000
/** Twice as hard as playback is. */
const SPEED = 2
const RENDITION = '256k'

const MISDEEDS: Record<string, Misdeed> = {
  'is slow': (peer, want, block) => {
    const PIECE_BYTES = 2_000
    const send = (from: number): void => {
      const to = Math.min(block.length, from + PIECE_BYTES)
      if (peer.data(want, block, from, to) && to < block.length) {
        setTimeout(send, 100, to)
      }
    }
    send(want.offset)
  },
  'stops in the middle of each block': (peer, want, block) => {
    const half = Math.floor((want.offset + block.length) / 2)
    peer.data(want, block, want.offset, Math.min(half, want.offset + 65_000))
  },
  'says BUSY always': (peer, { id }) => { peer.send('busy', { id, retryAfterMs: 100 }) },
  'has nothing of what it says it has': (peer, { id }) => { peer.send('missing', { id }) },
  'sends other bytes than it says': (peer, want, block) => {
    const false_ = block.map(byte => byte ^ 1)
    for (let from = want.offset; from < block.length; from += 65_000) {
      peer.data(want, false_, from, Math.min(block.length, from + 65_000))
    }
  }
}

describe('e2e/bad peers', function () {
  this.timeout(120_000)
  let rig: NetworkRig
  let origin: DaemonProcess
  let title: Published
  const expected = new Map<string, string>()

  before(async () => {
    rig = await NetworkRig.open()
    await rig.start('bootstrap')
    origin = await rig.start('origin')
    await rig.start('edge')
    title = await rig.publish(origin, { path: REAL_TRACK, bitrates: [RENDITION], segment: '4s' })
    for (const [path, { sha256 }] of await servedTitle(origin, title)) {
      expected.set(path.replace(`${RENDITION}/`, ''), sha256)
    }
  })
  after(async () => { await rig.close() })

  let listener: DaemonProcess
  let peer: FalsePeer
  afterEach(async () => {
    await peer.stop()
    await listener.stop()
  })

  for (const [what, misdeed] of Object.entries(MISDEEDS)) {
    it(`one that ${what} stops no music, and wastes less than a twentieth`, async () => {
      listener = await rig.start('peer', what.replaceAll(' ', '-'))
      await until(async () => (await rig.status(listener)).httpSources.length > 0, 'an edge')
      peer = await FalsePeer.join({
        address: addressesOf(listener)[0]!,
        gateway: gatewayOf(origin),
        renditions: title.renditions,
        misdeed
      })
      await until(async () => (await rig.status(listener)).peers > 0, 'the false peer')
      const heard = await play({
        gateway: gatewayOf(listener),
        content: title.id,
        rendition: RENDITION,
        expected,
        speed: SPEED,
        leaveAtMs: PLAYED_MS
      })
      expect(heard).to.deep.include({ stalls: 0, missing: 0, verifiedBytes: heard.bytes })
      expect(heard.segments).to.be.at.least(PLAYED_MS / 4_000)
      expect(peer.asked).to.be.greaterThan(0)
      const { delivered: { peer: fromPeer, edge, origin: fromOrigin }, ...status } =
        await rig.status(listener)
      const isLiar = what.startsWith('sends other bytes')
      // A lie is known by the bytes themselves: one block, and the liar is banned.
      const lieBytes = isLiar ? DEFAULT_BLOCK_BYTES : 0
      const share = (status.wastedBytes - lieBytes) / (fromPeer + edge + fromOrigin)
      expect(share, `${status.wastedBytes} bytes wasted`).to.be.below(0.05)
      expect(status.bannedPeers.includes(peer.id)).to.equal(isLiar)
    })
  }
})
