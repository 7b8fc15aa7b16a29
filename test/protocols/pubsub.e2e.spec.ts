import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { generateKeyPair } from '@libp2p/crypto/keys'
import { expect } from 'chai'
import { createHost, type Host } from '../../protocols/host.ts'
import type { PubSub, PubSubInit, Verdict } from '../../protocols/pubsub.ts'

const TOPIC = '/test/topic'
const HEARTBEAT_MS = 250
/** Neighbours that a node passes messages to, at most. */
const MOST_MESH = 6

/** Fewer are no list of peers with their signed addresses. */
const NAMES_BYTES = 400

interface Node { host: Host, pubsub: PubSub, id: string, got: string[], verdict: Verdict }

describe('protocols/pubsub', () => {
  const hosts: Host[] = []

  async function node (init: PubSubInit = {}): Promise<Node> {
    const host = await createHost({
      privateKey: await generateKeyPair('Ed25519'),
      network: 'test',
      listen: ['/ip4/127.0.0.1/tcp/0'],
      dht: 'off',
      gossip: { heartbeatMs: HEARTBEAT_MS * 4, ...init }
    })
    hosts.push(host)
    const made: Node = {
      host, pubsub: host.services.pubsub!, id: host.peerId.toString(), got: [], verdict: 'accept'
    }
    made.pubsub.join(TOPIC, data => {
      made.got.push(new TextDecoder().decode(data))
      return made.verdict
    })
    return made
  }

  async function connect (from: Node, to: Node): Promise<void> {
    await from.host.dial(to.host.getMultiaddrs())
  }

  const say = async ({ pubsub }: Node, text: string): Promise<void> => {
    await pubsub.publish(TOPIC, new TextEncoder().encode(text))
  }

  async function until (isSo: () => boolean, what: string): Promise<void> {
    const endMs = Date.now() + 10_000
    while (!isSo()) {
      if (Date.now() > endMs) throw new Error(`${what} did not come true`)
      await sleep(20)
    }
  }

  afterEach(async () => {
    await Promise.all(hosts.splice(0).map(async host => { await host.stop() }))
  })

  it('brings a message once to all, over others', async () => {
    const nodes = await Promise.all(Array.from({ length: 5 }, () => node()))
    for (const [number, from] of nodes.entries()) {
      if (number > 0) await connect(from, nodes[number - 1]!)
    }
    const ends = [nodes[0]!, nodes[4]!]
    await until(() => nodes.every(({ pubsub }, number) =>
      pubsub.followers(TOPIC) === (ends.includes(nodes[number]!) ? 1 : 2)), 'following')
    await until(() => {
      void say(nodes[0]!, 'hello')
      return nodes.slice(1).every(({ got }) => got.includes('hello'))
    }, 'arrival')
    expect(nodes.slice(1).map(({ got }) => got)).to.deep.equal(Array(4).fill(['hello']))
    expect(nodes[2]!.pubsub.traffic.receivedBytes).to.be.greaterThan(0)
    expect(nodes[2]!.pubsub.traffic.sentFrames).to.be.greaterThan(0)
  })

  for (const verdict of ['ignore', 'reject'] as const) {
    it(`does not pass on what it was told to ${verdict}`, async () => {
      const [first, middle, last] = [await node(), await node(), await node()]
      middle.verdict = verdict
      await connect(first, middle)
      await connect(last, middle)
      await until(() => middle.pubsub.followers(TOPIC) === 2, 'following')
      await say(first, 'a')
      await until(() => middle.got.length === 1, 'arrival')
      middle.verdict = 'accept'
      await say(first, 'b')
      await until(() => last.got.includes('b'), 'arrival')
      expect(last.got).to.deep.equal(['b'])
    })
  }

  it('reaches all of 16 nodes behind one address that dialled one node only', async function () {
    this.timeout(40_000)
    const centre = await node({ namesOthers: true, heartbeatMs: HEARTBEAT_MS })
    const leaves = await Promise.all(Array.from({ length: 15 }, () =>
      node({ trusted: [centre.id], heartbeatMs: HEARTBEAT_MS })))
    await Promise.all(leaves.map(leaf => connect(leaf, centre)))
    // Those in its mesh need nobody else, and the others are told of some by chance.
    const haveMet = () => leaves.filter(({ pubsub }) => pubsub.followers(TOPIC) >= 2).length
    await until(() => haveMet() >= leaves.length - MOST_MESH, 'meeting others')
    const others = [...leaves.slice(1), centre]
    expect(Math.max(...leaves.map(({ host }) => host.getPeers().length))).to.be.below(15)
    // As records are: told again and again, since a mesh that is still settling may miss one.
    let told = 0
    await until(() => {
      void say(leaves[0]!, `news ${told++}`)
      return others.every(({ got }) => got.length > 0)
    }, 'arrival')
  })

  it('does not let an untrusted node choose its connections', async () => {
    const centre = await node({ namesOthers: true, heartbeatMs: HEARTBEAT_MS })
    const leaves = await Promise.all(Array.from({ length: 9 }, () =>
      node({ heartbeatMs: HEARTBEAT_MS })))
    await Promise.all(leaves.map(leaf => connect(leaf, centre)))
    await until(() => centre.pubsub.followers(TOPIC) === 9, 'following')
    const areNamed = () => leaves.filter(({ pubsub }) =>
      pubsub.traffic.receivedBytes > NAMES_BYTES).length
    await until(() => areNamed() >= leaves.length - MOST_MESH, 'naming others')
    // Those without a place in its mesh hear of a message at one of the next heartbeats.
    let told = 0
    await until(() => {
      void say(centre, `news ${told++}`)
      return leaves.every(({ got }) => got.length > 0)
    }, 'arrival')
    expect(leaves.flatMap(({ host }) => host.getDialQueue())).to.have.length(0)
    expect(leaves.map(({ host }) => host.getPeers().length)).to.deep.equal(Array(9).fill(1))
  })

  it('ends the stream of a peer that floods, and says so', async () => {
    const [calm, flooding] = [await node(), await node()]
    const told: string[] = []
    calm.pubsub.judgedBy({ isShunned: () => false, flooded: peer => { told.push(peer) } })
    await connect(flooding, calm)
    await until(() => flooding.pubsub.followers(TOPIC) === 1, 'following')
    await until(() => {
      void flooding.pubsub.publish(TOPIC, randomBytes(8192))
      return told.length > 0
    }, 'noticing')
    expect(told).to.include(flooding.id)
    await until(() => calm.pubsub.followers(TOPIC) === 0, 'parting')
    expect(calm.got.length).to.be.within(1, 65)
  })

  it('takes nothing from a shunned peer', async () => {
    const [calm, shunned] = [await node(), await node()]
    await connect(shunned, calm)
    await until(() => shunned.pubsub.followers(TOPIC) === 1, 'following')
    await say(shunned, 'a')
    await until(() => calm.got.length === 1, 'arrival')
    calm.pubsub.judgedBy({ isShunned: peer => peer === shunned.id, flooded: () => {} })
    await say(shunned, 'b')
    await until(() => calm.pubsub.followers(TOPIC) === 0, 'parting')
    expect(calm.got).to.deep.equal(['a'])
  })

  it('leaves a topic', async () => {
    const [one, other] = [await node(), await node()]
    await connect(one, other)
    await until(() => one.pubsub.followers(TOPIC) === 1, 'following')
    other.pubsub.leave(TOPIC)
    await until(() => one.pubsub.followers(TOPIC) === 0, 'leaving')
  })
})
