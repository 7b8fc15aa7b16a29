/**
 * An exchange without a network: neighbours that say and hold what they are told to.
 */

import { generateKeyPairFromSeed } from '@libp2p/crypto/keys'
import type { PeerId } from '@libp2p/interface'
import { peerIdFromPrivateKey } from '@libp2p/peer-id'
import type { Multiaddr } from '@multiformats/multiaddr'
import type { CID } from 'multiformats/cid'
import type { Provider } from '../../../daemon/discovery/index.ts'
import { PeerGoneError } from '../../../protocols/errors.ts'
import type { Exchange, Neighbour, Role, Want } from '../../../protocols/exchange/index.ts'

export async function somePeer (n: number): Promise<PeerId> {
  return peerIdFromPrivateKey(await generateKeyPairFromSeed('Ed25519', new Uint8Array(32).fill(n)))
}

export class FakeNeighbour implements Neighbour {
  readonly peer: PeerId
  readonly hello: Neighbour['hello']
  isLimited = false
  rttMs: number | undefined = 10
  rateBytesPerSecond: number | undefined
  inFlight = 0
  receivedBytes = 0
  sentBytes = 0
  isIdle = false
  fault: undefined
  said: ReturnType<Neighbour['holds']> = 'unknown'
  holdsSome: boolean | undefined
  readonly interests: CID[] = []
  readonly left: CID[] = []
  /** What it wants to hear of from us. */
  plays: CID[] = []
  readonly wants: Want[] = []
  readonly raised: Array<Pick<Want, 'cid' | 'priority' | 'deadlineMs'>> = []

  constructor (peer: PeerId, role: Role = 'peer') {
    this.peer = peer
    this.hello = {
      network: 'test', role, region: 'here', uploadBytesPerSecond: 0, maxWants: 8, features: []
    }
  }

  async interest (content: CID): Promise<void> {
    this.interests.push(content)
  }

  holds (): ReturnType<Neighbour['holds']> {
    return this.said
  }

  holdsAny (): boolean | undefined {
    return this.holdsSome
  }

  isInterested (content: CID): boolean {
    return this.plays.some(played => played.equals(content))
  }

  leave (content: CID): void {
    this.left.push(content)
  }

  async want (want: Want): Promise<Uint8Array | undefined> {
    this.wants.push(want)
    return undefined
  }

  raise (want: Pick<Want, 'cid' | 'priority' | 'deadlineMs'>): void {
    this.raised.push(want)
  }
}

export class FakeExchange implements Exchange {
  readonly events = new EventTarget()
  readonly relayed = { blocks: 0, bytes: 0, refused: 0 }
  readonly here = new Map<string, FakeNeighbour>()
  readonly reachable = new Map<string, FakeNeighbour>()
  readonly dialled: string[] = []
  readonly banned: Array<[string, number]> = []

  async start (): Promise<void> {}
  async stop (): Promise<void> {}

  neighbours (): Iterable<FakeNeighbour> {
    return this.here.values()
  }

  neighbour (peer: PeerId): FakeNeighbour | undefined {
    return this.here.get(peer.toString())
  }

  async connect (peer: PeerId, _addresses: Multiaddr[]): Promise<FakeNeighbour> {
    this.dialled.push(peer.toString())
    const neighbour = this.reachable.get(peer.toString())
    if (neighbour == null) {
      throw new PeerGoneError('nobody there')
    }
    this.arrive(neighbour)
    return neighbour
  }

  ban (peer: PeerId, untilMs: number): void {
    this.banned.push([peer.toString(), untilMs])
  }

  arrive (neighbour: FakeNeighbour): void {
    this.here.set(neighbour.peer.toString(), neighbour)
    this.events.dispatchEvent(new CustomEvent('open', { detail: neighbour }))
  }
}

export function providerOf (
  { peer, hello: { role } }: FakeNeighbour, more: Partial<Provider> = {}
): Provider {
  return { peer, addresses: [], via: 'tracker', role, ...more }
}
