/**
 * Spreads small messages to all who follow a topic, over a mesh of a few connections each.
 * in: topics to follow, messages, a judge of peers. out: each message once, checked before it is
 * passed on. Gossipsub does it; tests and simulations bring their own.
 *
 * A message carries no signature of gossipsub's: what we spread is signed itself. It is known by
 * the hash of its bytes and topic.
 */

import {
  type GossipSub, type GossipSubComponents, type GossipsubOpts, gossipsub, StrictNoSign,
  type TopicValidatorResult
} from '@chainsafe/libp2p-gossipsub'
import type { Startable } from '@libp2p/interface'
import { Allowances } from './allowances.ts'
import { type GossipGate, type GossipTraffic, gated } from './gossip-gate.ts'
import { sha256 } from './sha256.ts'

/** `accept` passes a message on; `ignore` does not; `reject` says that its sender is at fault. */
export type Verdict = 'accept' | 'ignore' | 'reject'

/** Told of each message once, with the peer that passed it to us. */
export type Receive = (data: Uint8Array, from: string) => Verdict | Promise<Verdict>

export interface PeerJudge {
  /** Nothing is sent to such a peer, nor taken from it. */
  isShunned (peer: string): boolean
  /** It sent more than anybody may; its stream was ended. */
  flooded (peer: string): void
}

export interface PubSub {
  /** Of all topics since the start, copies and upkeep included. */
  readonly traffic: Readonly<GossipTraffic>
  /** Follows a topic, once the host runs. */
  join (topic: string, receive: Receive): void
  leave (topic: string): void
  /** Resolves when the message is on its way, be it to nobody. One said before is not repeated. */
  publish (topic: string, data: Uint8Array): Promise<void>
  /** Peers we are connected to that follow the topic. */
  followers (topic: string): number
  /** Asked from now on. */
  judgedBy (judge: PeerJudge): void
}

export interface PubSubInit {
  /** Tells those it has no room for whom else to connect to: for nodes that everybody dials. */
  namesOthers?: boolean
  /**
   * Peer IDs whose word on whom to connect to is taken while we have few connections: the network's
   * bootstrap nodes.
   */
  trusted?: readonly string[]
  /** {@link HEARTBEAT_MS} */
  heartbeatMs?: number
}

/**
 * Between two looks at the mesh. Higher: an idle node sleeps longer; lower: who lost its mesh, or
 * a message, gets it back sooner.
 */
export const HEARTBEAT_MS = 10_000

/**
 * Peers a message is passed to. Higher: arrives for sure, over short ways; lower: fewer copies.
 * What the mesh missed is told of by ID to two others at each heartbeat.
 */
const MESH = 4
const LEAST_MESH = 3
const MOST_MESH = 6
const TOLD_IDS = 2
/** Heartbeats for which messages are kept for who missed them, and told of. */
const KEPT_BEATS = 4
const TOLD_BEATS = 2
const ID_BYTES = 16

/** Bytes that one peer may send: some times what a network sends that keeps its budget. */
const RECEIVED = { perSecond: 8 * 1024, burst: 512 * 1024 }
/** Many messages at once, for one who missed them. */
const MAX_FRAME_BYTES = 128 * 1024
const MAX_UNSENT_BYTES = 256 * 1024
const MAX_MESSAGES_A_FRAME = 256
const MAX_CONTROLS_A_FRAME = 64
/** Of one peer: some thirty. */
const MAX_TOPIC_BYTES_A_PEER = 32 * 1024
/** Peers named to one that there is no room for. */
const MAX_NAMED = 3
/** Whoever is connected to so many that gossip has no need of more. */
const ENOUGH_PEERS = 2 * MESH

/** Gossipsub takes no less. */
const MIN_DECAY_MS = 1_000
/** In gossipsub's scale: nothing is exchanged any more; believed on whom to connect to. */
const SHUNNED = -1000
const TRUSTED = 20

/** A libp2p service. */
export function pubSub (init: PubSubInit = {}): (components: GossipSubComponents) => PubSub {
  return components => new GossipPubSub(components, init)
}

class GossipPubSub implements PubSub, Startable {
  readonly traffic: GossipTraffic = { receivedBytes: 0, sentBytes: 0, sentFrames: 0 }
  readonly #service: GossipSub & Startable
  readonly #received = new Allowances({ clock: Date.now }, RECEIVED)
  #judge: PeerJudge = { isShunned: () => false, flooded: () => {} }

  constructor (components: GossipSubComponents, init: PubSubInit) {
    const gate: GossipGate = {
      traffic: this.traffic, mayRead: (peer, bytes) => this.#mayRead(peer, bytes)
    }
    const trusted = new Set(init.trusted)
    const isLonely = (): boolean => this.#service.getPeers().length < ENOUGH_PEERS
    const scoreOf = (peer: string): number => {
      if (this.#judge.isShunned(peer)) return SHUNNED
      return trusted.has(peer) && isLonely() ? TRUSTED : 0
    }
    this.#service = gossipsub(settingsOf(init, scoreOf))(gated(components, gate)) as
      GossipSub & Startable
  }

  async start (): Promise<void> {
    await this.#service.start()
  }

  async stop (): Promise<void> {
    // Gossipsub leaves its timer running, for which a process would wait.
    const { status } = this.#service as unknown as {
      status: { heartbeatTimeout?: ReturnType<typeof setTimeout> }
    }
    clearTimeout(status.heartbeatTimeout)
    await this.#service.stop()
  }

  join (topic: string, receive: Receive): void {
    this.#service.topicValidators.set(topic, async (peer, { data }) =>
      await receive(data, peer.toString()) as TopicValidatorResult)
    this.#service.subscribe(topic)
  }

  leave (topic: string): void {
    this.#service.unsubscribe(topic)
    this.#service.topicValidators.delete(topic)
  }

  async publish (topic: string, data: Uint8Array): Promise<void> {
    await this.#service.publish(topic, data)
  }

  followers (topic: string): number {
    return this.#service.getSubscribers(topic).length
  }

  judgedBy (judge: PeerJudge): void {
    this.#judge = judge
  }

  #mayRead (peer: string, bytes: number): boolean {
    if (this.#judge.isShunned(peer)) return false
    if (this.#received.take(peer, bytes)) return true
    this.#judge.flooded(peer)
    return false
  }
}

function settingsOf (
  { namesOthers = false, heartbeatMs = HEARTBEAT_MS }: PubSubInit,
  scoreOf: (peer: string) => number
): Partial<GossipsubOpts> {
  return {
    globalSignaturePolicy: StrictNoSign,
    msgIdFn: async ({ topic, data }) => await idOf(topic, data),
    allowPublishToZeroTopicPeers: true,
    ignoreDuplicatePublishError: true,
    fallbackToFloodsub: false,
    floodPublish: false,
    batchPublish: true,
    tagMeshPeers: false,
    opportunisticGraftPeers: 0,
    heartbeatInterval: heartbeatMs,
    D: MESH,
    Dlo: LEAST_MESH,
    Dhi: MOST_MESH,
    Dscore: 2,
    Dout: 1,
    Dlazy: TOLD_IDS,
    gossipFactor: 0,
    mcacheLength: KEPT_BEATS,
    mcacheGossip: TOLD_BEATS,
    // Saves a copy only where it overtakes one, and costs a frame to each of the mesh.
    idontwantMinDataSize: Infinity,
    doPX: namesOthers,
    prunePeers: MAX_NAMED,
    awaitRpcHandler: true,
    awaitRpcMessageHandler: true,
    maxInboundDataLength: MAX_FRAME_BYTES,
    maxOutboundBufferSize: MAX_UNSENT_BYTES,
    maxTopicBytesPerPeer: MAX_TOPIC_BYTES_A_PEER,
    decodeRpcLimits: {
      maxSubscriptions: MAX_CONTROLS_A_FRAME,
      maxMessages: MAX_MESSAGES_A_FRAME,
      maxIhaveMessageIDs: MAX_MESSAGES_A_FRAME,
      maxIwantMessageIDs: MAX_MESSAGES_A_FRAME,
      maxIdontwantMessageIDs: MAX_MESSAGES_A_FRAME,
      maxControlMessages: MAX_CONTROLS_A_FRAME,
      maxPeerInfos: MAX_NAMED
    },
    scoreParams: {
      appSpecificScore: scoreOf,
      appSpecificWeight: 1,
      // A household, an office or a testnet share an address.
      IPColocationFactorWeight: 0,
      decayInterval: Math.max(heartbeatMs, MIN_DECAY_MS)
    }
  }
}

async function idOf (topic: string, data: Uint8Array): Promise<Uint8Array> {
  const name = new TextEncoder().encode(topic)
  const bytes = new Uint8Array(name.byteLength + data.byteLength)
  bytes.set(name)
  bytes.set(data, name.byteLength)
  return (await sha256(bytes)).subarray(0, ID_BYTES)
}
