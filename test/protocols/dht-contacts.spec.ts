import { hash } from 'node:crypto'
import { generateKeyPair } from '@libp2p/crypto/keys'
import type { PeerId } from '@libp2p/interface'
import { peerIdFromPrivateKey } from '@libp2p/peer-id'
import { expect } from 'chai'
import fc from 'fast-check'
import { DhtContacts, DEFAULT_CONTACTS_PER_DISTANCE } from '../../protocols/dht-contacts.ts'

type Connections = ConstructorParameters<typeof DhtContacts>[0]['connectionManager']

const NOW = 1_000_000
const someone = async (): Promise<PeerId> =>
  peerIdFromPrivateKey(await generateKeyPair('Ed25519'))
const [own, ...others] = await Promise.all(Array.from({ length: 65 }, someone)) as
  [PeerId, ...PeerId[]]

/** As text, so that it is not counted as the code under test does. */
const bits = (peer: PeerId): string => [...hash('sha256', peer.toMultihash().bytes, 'buffer')]
  .map(byte => byte.toString(2).padStart(8, '0')).join('')
const sharedBits = (peer: PeerId): number => {
  const [a, b] = [bits(own), bits(peer)]
  return [...a].findIndex((bit, i) => bit !== b[i])
}

/** A node's connections, and who was dialled and pinged. */
function nodeWith (perDistance?: number) {
  const openedMs = new Map<string, number>()
  const dialled: PeerId[] = []
  const pinged: PeerId[] = []
  const contacts = new DhtContacts({
    peerId: own,
    connectionManager: {
      getConnections: (peer => {
        const open = openedMs.get(`${peer}`)
        return open == null ? [] : [{ timeline: { open } }]
      }) as Connections['getConnections'],
      openConnection: async peer => {
        dialled.push(peer as PeerId)
        openedMs.set(`${peer}`, NOW)
        return {} as never
      }
    },
    ping: { ping: async peer => pinged.push(peer) },
    clock: () => NOW
  }, perDistance == null ? {} : { perDistance })
  const isTaken = (peer: PeerId): Promise<boolean> =>
    contacts.ping(peer).then(() => true, (err: Error) => {
      expect(err.name).to.equal('NeighbourLimitError')
      return false
    })
  return { contacts, openedMs, dialled, pinged, isTaken }
}

describe('protocols/dht-contacts', () => {
  it('does not take itself for somebody', async () => {
    const { dialled, isTaken } = nodeWith()
    expect([await isTaken(own), dialled]).to.deep.equal([false, []])
  })

  it('dials as many peers of a distance as it is to, or as there are', async () => {
    await fc.assert(fc.asyncProperty(
      fc.shuffledSubarray(others), fc.integer({ min: 1, max: 8 }), async (heard, most) => {
        const { dialled, isTaken } = nodeWith(most)
        for (const peer of heard) await isTaken(peer)
        const count = (of: PeerId[]): Map<number, number> => of.reduce((counts, peer) =>
          counts.set(sharedBits(peer), (counts.get(sharedBits(peer)) ?? 0) + 1), new Map())
        for (const [distance, there] of count(heard)) {
          expect(count(dialled).get(distance) ?? 0).to.equal(Math.min(most, there))
        }
      }), { numRuns: 8 })
  })

  it('takes whoever dialled us, without a message', async () => {
    const { openedMs, dialled, pinged, isTaken } = nodeWith()
    for (const peer of others) {
      openedMs.set(`${peer}`, NOW)
      expect(await isTaken(peer)).to.equal(true)
    }
    expect([dialled, pinged]).to.deep.equal([[], []])
  })

  it('pings over a connection that is old', async () => {
    const { openedMs, pinged, isTaken } = nodeWith()
    openedMs.set(`${others[0]}`, NOW - 61_000)
    expect(await isTaken(others[0]!)).to.equal(true)
    expect(pinged).to.deep.equal([others[0]])
  })

  it('has room again for one that is gone', async () => {
    const { openedMs, dialled, isTaken } = nodeWith()
    const far = others.filter(peer => sharedBits(peer) === 0)
    for (const peer of far) await isTaken(peer)
    expect(dialled).to.have.length(DEFAULT_CONTACTS_PER_DISTANCE)
    openedMs.delete(`${dialled[0]}`)
    expect(await isTaken(far.find(peer => !dialled.includes(peer))!)).to.equal(true)
  })

  it('does not count a peer that could not be dialled', async () => {
    const { contacts } = nodeWith()
    const down = new DhtContacts({
      peerId: own,
      connectionManager: {
        getConnections: () => [], openConnection: async () => { throw new Error('down') }
      },
      ping: { ping: async () => 0 },
      clock: () => NOW
    }, { perDistance: 1 })
    for (const peer of others.slice(0, 9)) {
      expect(await down.ping(peer).catch((err: Error) => err.message)).to.equal('down')
    }
    expect(await contacts.ping(others[0]!)).to.equal(0)
  })
})
