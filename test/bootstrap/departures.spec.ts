import { expect } from 'chai'
import { generateKeyPair } from '@libp2p/crypto/keys'
import { TypedEventEmitter } from '@libp2p/interface'
import type { Libp2pEvents, PeerId } from '@libp2p/interface'
import { peerIdFromPrivateKey } from '@libp2p/peer-id'
import { TrackerUnavailableError } from '../../protocols/errors.ts'
import { Departures } from '../../bootstrap/departures.ts'
import { silent } from '../../testnet/sim/silent-log.ts'
import { multiaddr } from '@multiformats/multiaddr'
import { settle } from '../daemon/retrieval/fake-time.ts'
import { spokenLog } from '../daemon/spoken-log.ts'

const peer = async (): Promise<PeerId> => peerIdFromPrivateKey(await generateKeyPair('Ed25519'))

/** Says who is forgotten when somebody of these addresses disconnects. */
async function forgotten (addressesOf: (us: PeerId, other: PeerId) => string[]): Promise<string[]> {
  const [us, other, leaver] = [await peer(), await peer(), await peer()]
  const events = new TypedEventEmitter<Libp2pEvents>()
  const host = Object.assign(events, { peerId: us })
  const gone: string[] = []
  const asked = Promise.withResolvers<void>()
  const addresses = addressesOf(us, other).map(text => multiaddr(text))
  const tracker = {
    node: async () => {
      setImmediate(asked.resolve)
      return addresses.length === 0 ? undefined : { record: { addresses } } as never
    },
    forget: async (id: string) => {
      gone.push(id === leaver.toString() ? 'the leaver' : id)
      return { known: true }
    }
  }
  const departures = new Departures({ host: host as never, tracker, log: silent.log })
  departures.start()
  events.safeDispatchEvent('peer:disconnect', { detail: leaver })
  await asked.promise
  departures.stop()
  events.safeDispatchEvent('peer:disconnect', { detail: leaver })
  return gone
}

describe('bootstrap/departures', () => {
  const over = (relay: PeerId) => `/ip4/10.0.0.1/tcp/1/p2p/${relay}/p2p-circuit/webrtc`

  it('forgets a page whose only way was over us', async () => {
    expect(await forgotten(us => [over(us), over(us)])).to.deep.equal(['the leaver'])
    const plain = (us: PeerId) => over(us).replace('/webrtc', '')
    expect(await forgotten(us => [over(us), plain(us)])).to.deep.equal(['the leaver'])
  })

  it('keeps who is reached another way, and who is no page', async () => {
    expect(await forgotten((us, other) => [over(us), over(other)])).to.deep.equal([])
    expect(await forgotten(us => [over(us), '/ip4/10.0.0.2/tcp/2'])).to.deep.equal([])
    expect(await forgotten(us => [over(us).replace('/webrtc', '')])).to.deep.equal([])
    expect(await forgotten(() => [])).to.deep.equal([])
  })

  it('says what keeps it from forgetting, but not what the tracker has said', async () => {
    const { log, lines } = spokenLog()
    const [us, leaver] = [await peer(), await peer()]
    const events = new TypedEventEmitter<Libp2pEvents>()
    const failures = [new TrackerUnavailableError('no store'), new Error('the store is odd')]
    const departures = new Departures({
      host: Object.assign(events, { peerId: us }) as never,
      tracker: {
        node: async () => { throw failures.shift()! },
        forget: async () => ({ known: false })
      },
      log
    })
    departures.start()
    for (let n = 0; n < 2; n++) events.safeDispatchEvent('peer:disconnect', { detail: leaver })
    await settle()
    departures.stop()
    expect(lines).to.have.length(1)
    expect(lines[0]).to.match(/^could not forget .* the store is odd/)
  })
})
