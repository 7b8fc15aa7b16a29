import { generateKeyPair } from '@libp2p/crypto/keys'
import type { ComponentLogger, PrivateKey } from '@libp2p/interface'
import { defaultLogger } from '@libp2p/logger'
import { peerIdFromPrivateKey } from '@libp2p/peer-id'
import { expect } from 'chai'
import { LinkStateTable, OwnLinks, RoutingTable } from '../../../daemon/routing/index.ts'
import { LinkGossip, type LinkGossipInit } from '../../../daemon/routing/link-gossip.ts'
import { Reputation } from '../../../daemon/routing/reputation.ts'
import { backboneTopic, sealLinkState, shortIdOf, topicOf } from '../../../protocols/rtt/index.ts'
import { MemoryMesh, type MemoryPubSub } from './memory-mesh.ts'

const NODES = 5
const MINUTE_MS = 60_000
const logger: ComponentLogger = defaultLogger()

describe('daemon/routing/link-gossip', () => {
  let now: number
  let mesh: MemoryMesh
  /** How far all places have moved. */
  let drift: number
  let keys: PrivateKey[]
  const clock = () => now

  before(async () => {
    keys = await Promise.all(Array.from({ length: NODES }, () => generateKeyPair('Ed25519')))
  })

  beforeEach(() => {
    now = 1_700_000_000_000
    mesh = new MemoryMesh()
    drift = 0
  })

  function node (number: number, init: Partial<LinkGossipInit> = {}) {
    const privateKey = keys[number]!
    const peerId = peerIdFromPrivateKey(privateKey)
    const links = new OwnLinks({ self: peerId, clock })
    const table = new LinkStateTable({ clock }, { ttlMs: 60 * MINUTE_MS })
    const reputation = new Reputation({ clock })
    const pubsub = mesh.node(peerId.toString())
    const gossip = new LinkGossip({
      pubsub, privateKey, peerId, links, table, reputation, clock,
      coordinate: () => ({ x: number + drift, y: 0, heightMs: 1, error: 0.2 }),
      onTaken: () => {},
      random: () => 0.5,
      log: logger.forComponent('test')
    }, { network: 'test', region: 'eu', role: 'peer', relays: true, ...init })
    gossip.start()
    const routes = new RoutingTable({ self: peerId, links, table })
    return { id: peerId.toString(), peerId, pubsub, links, table, reputation, gossip, routes }
  }

  type Node = ReturnType<typeof node>

  function link (a: Node, b: Node, rttMs: number): void {
    mesh.connect(a.id, b.id)
    measure(a, b, rttMs)
  }

  function measure (a: Node, b: Node, rttMs: number): void {
    a.links.observe(b.peerId, rttMs)
    b.links.observe(a.peerId, rttMs)
  }

  async function passTime (nodes: Node[], ms: number): Promise<void> {
    for (const endMs = now + ms; now < endMs; now += 5_000) {
      for (const { links } of nodes) {
        for (const { peer, rttMs } of links.all()) links.observe(peer, rttMs)
      }
      await Promise.all(nodes.map(({ gossip }) => gossip.tick()))
      await mesh.settled()
    }
  }

  it('tells everybody of links, from which routes follow', async () => {
    const nodes = [0, 1, 2, 3].map(number => node(number))
    for (const number of [1, 2, 3]) link(nodes[number - 1]!, nodes[number]!, 10 * number)
    await passTime(nodes, 15_000)
    const [first, second, third, last] = nodes
    expect(first!.table.size).to.equal(3)
    expect(first!.routes.routeTo(last!.id)).to.deep.equal({
      hops: [second!.id, third!.id], rttMs: 60
    })
    expect(last!.table.get(first!.peerId)?.coordinate).to.include({ x: 0, error: 0.2 })
  })

  it('leads nobody over a node that does not relay', async () => {
    const [first, server, last] = [node(0), node(1, { relays: false }), node(2)]
    link(first, server, 10)
    link(server, last, 10)
    await passTime([first, server, last], 15_000)
    expect(first.table.get(server.peerId)?.relays).to.equal(false)
    expect(first.routes.routeTo(last.id)).to.equal(undefined)
    expect(first.routes.estimate(last.id)?.rttMs).to.equal(20)
  })

  it('waits until it has links, and somebody who listens', async () => {
    const [alone, other] = [node(0), node(1)]
    await passTime([alone], 30_000)
    alone.links.observe(other.peerId, 5)
    await passTime([alone], 30_000)
    expect(alone.gossip.counts.told).to.equal(0)
    mesh.connect(alone.id, other.id)
    await passTime([alone], 5_000)
    expect(alone.gossip.counts.told).to.equal(1)
  })

  it('tells of a link that changed, no sooner than 30 s after the last time', async () => {
    const nodes = [node(0), node(1)]
    link(nodes[0]!, nodes[1]!, 20)
    await passTime(nodes, 15_000)
    const told = () => nodes.map(({ gossip }) => gossip.counts.told)
    expect(told()).to.deep.equal([1, 1])
    for (let time = 0; time < 10; time++) measure(nodes[0]!, nodes[1]!, 40)
    await passTime(nodes, 20_000)
    expect(told()).to.deep.equal([1, 1])
    await passTime(nodes, 15_000)
    expect(told()).to.deep.equal([2, 2])
  })

  it('tells of its place when that has moved', async () => {
    const nodes = [node(0), node(1)]
    link(nodes[0]!, nodes[1]!, 20)
    await passTime(nodes, 15_000)
    drift = 1
    await passTime(nodes, 35_000)
    expect(nodes[0]!.gossip.counts.told).to.equal(1)
    drift = 3
    await passTime(nodes, 5_000)
    expect(nodes[0]!.gossip.counts.told).to.equal(2)
    expect(nodes[1]!.table.get(nodes[0]!.peerId)?.coordinate?.x).to.equal(3)
  })

  it('tells once a period when nothing changes', async () => {
    const nodes = [node(0), node(1)]
    link(nodes[0]!, nodes[1]!, 20)
    await passTime(nodes, 50 * MINUTE_MS)
    expect(nodes[0]!.gossip.periodMs).to.equal(5 * MINUTE_MS)
    expect(nodes[0]!.gossip.counts.told).to.be.within(9, 11)
  })

  it('stretches its period with those who tell on its topic', () => {
    const one = node(0)
    const small = one.gossip.periodMs
    const records = Array.from({ length: 240 }, (_, number) => number)
    // Telling takes keys; what counts is how many there are.
    one.table.nodes = function * () {
      for (const number of records) {
        yield { peer: peerIdFromPrivateKey(keys[number % NODES]!), role: 'peer', region: 'eu',
          network: 'test', relays: true, seq: 1, issuedAtMs: now }
      }
    }
    expect(one.gossip.periodMs).to.be.greaterThan(2 * small)
    const rich = node(1, { bytesPerSecond: 4_000 })
    rich.table.nodes = one.table.nodes
    expect(rich.gossip.periodMs).to.be.closeTo(one.gossip.periodMs / 2, 1)
  })

  it('has everybody hear edges of all regions, and peers of its own only', async () => {
    const nodes = [
      node(0), node(1, { role: 'edge' }), node(2, { role: 'bootstrap', region: 'us' }),
      node(3, { region: 'us' })
    ]
    for (const number of [1, 2, 3]) link(nodes[number - 1]!, nodes[number]!, 10)
    await passTime(nodes, 15_000)
    const known = (at: number) => [...nodes[at]!.table.nodes()].map(({ peer }) =>
      nodes.findIndex(({ id }) => id === peer.toString())).sort()
    expect(known(0)).to.deep.equal([1, 2])
    expect(known(3)).to.deep.equal([1, 2])
    expect(known(1)).to.deep.equal([0, 2])
  })

  it('forgets a node that has been silent for some periods', async () => {
    const nodes = [node(0), node(1)]
    link(nodes[0]!, nodes[1]!, 20)
    await passTime(nodes, 15_000)
    expect(nodes[0]!.table.size).to.equal(1)
    await passTime([nodes[0]!], 16 * MINUTE_MS)
    expect(nodes[0]!.table.size).to.equal(1)
    await passTime([nodes[0]!], 2 * MINUTE_MS)
    expect(nodes[0]!.table.size).to.equal(0)
  })

  it('refuses a peer on the backbone, and a record of another region', async () => {
    const one = node(0)
    const liar = peerIdFromPrivateKey(keys[1]!).toString()
    const given = async (topic: string, role: 'peer' | 'edge', region: string) =>
      one.pubsub.topics.get(topic)!(await sealLinkState({
        network: 'test', role, region, seq: 1, issuedAtMs: now, links: [], relays: true
      }, keys[1]!), liar)
    expect(await given(backboneTopic('test'), 'peer', 'eu')).to.equal('reject')
    expect(await given(topicOf('test', 'eu'), 'peer', 'us')).to.equal('reject')
    expect(await given(topicOf('test', 'eu'), 'edge', 'eu')).to.equal('reject')
    expect(one.reputation.isShunned(liar)).to.equal(true)
    expect(one.pubsub.judge!.isShunned(liar)).to.equal(true)
  })

  it('shuns who floods', () => {
    const one = node(0)
    one.pubsub.judge!.flooded('somebody')
    expect(one.reputation.isShunned('somebody')).to.equal(true)
  })

  it('follows others into the cell of its short ID', async () => {
    const nodes = [node(0), node(1)]
    link(nodes[0]!, nodes[1]!, 20)
    const bit = Number.parseInt(shortIdOf(nodes[0]!.peerId)[0]!, 16) < 8 ? '0' : '1'
    const topics = (pubsub: MemoryPubSub) => [...pubsub.topics.keys()].sort()
    nodes[1]!.gossip.stop()
    nodes[1]!.pubsub.join(topicOf('test', 'eu', bit), () => 'ignore')
    await nodes[0]!.gossip.tick()
    expect(nodes[0]!.gossip.cell).to.equal(bit)
    expect(topics(nodes[0]!.pubsub))
      .to.deep.equal([topicOf('test', 'eu', bit), backboneTopic('test')].sort())
  })

  it('moves to a cell at once when far too many are heard', async () => {
    const one = node(0)
    const [bit] = one.gossip.cell
    expect(bit).to.equal(undefined)
    const crowd = Array.from({ length: 254 }, () => ({
      peer: peerIdFromPrivateKey(keys[1]!), role: 'peer' as const, region: 'eu', network: 'test',
      relays: true, seq: 1, issuedAtMs: now
    }))
    const heard = one.table.nodes.bind(one.table)
    one.table.nodes = function * () {
      yield * crowd
      yield * heard()
    }
    Object.defineProperty(one.table, 'size', { get: () => [...one.table.nodes()].length })
    const record = await sealLinkState({
      network: 'test', role: 'peer', region: 'eu', seq: 1, issuedAtMs: now, links: [], relays: true
    }, keys[2]!)
    await one.pubsub.topics.get(topicOf('test', 'eu'))!(record, 'somebody')
    expect(one.gossip.cell).to.have.length(1)
  })

  it('leaves its topics when it stops', () => {
    const { gossip, pubsub } = node(0)
    gossip.stop()
    gossip.stop()
    expect(pubsub.topics.size).to.equal(0)
  })
})
