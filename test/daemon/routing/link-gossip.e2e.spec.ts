/**
 * Gossip over real sockets, with some that spoil it.
 */

import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { generateKeyPair } from '@libp2p/crypto/keys'
import type { PrivateKey } from '@libp2p/interface'
import { expect } from 'chai'
import { GossipNode, NETWORK, REGION } from '../../../bench/rig/gossip-node.ts'
import { createHost, type Host } from '../../../protocols/host.ts'
import { sealLinkState, topicOf } from '../../../protocols/rtt/index.ts'

const TOPIC = topicOf(NETWORK, REGION)

describe('daemon/routing/link-gossip, over sockets', function () {
  this.timeout(60_000)
  const ends: Array<() => Promise<void>> = []
  afterEach(async () => { await Promise.all(ends.splice(0).map(end => end())) })

  async function node (): Promise<GossipNode> {
    const made = await GossipNode.open({ random: () => 0 })
    ends.push(() => made.close())
    return made
  }

  /** Says what it likes. */
  async function spoiler (victim: GossipNode): Promise<Host> {
    const host = await createHost({
      privateKey: await generateKeyPair('Ed25519'), network: NETWORK, dht: 'off', gossip: {},
      listen: ['/ip4/127.0.0.1/tcp/0']
    })
    ends.push(async () => { await host.stop() })
    await host.dial(victim.host.getMultiaddrs())
    host.services.pubsub!.join(TOPIC, () => 'accept')
    await until(() => host.services.pubsub!.followers(TOPIC) > 0, 'following')
    return host
  }

  const sealed = (key: PrivateKey, seq = Date.now()) => sealLinkState({
    network: NETWORK, region: REGION, role: 'peer', seq, issuedAtMs: Date.now(),
    links: [], relays: true
  }, key)

  async function until (isSo: () => boolean | Promise<boolean>, what: string): Promise<void> {
    const endMs = Date.now() + 30_000
    while (!await isSo()) {
      if (Date.now() > endMs) throw new Error(`${what} did not come true`)
      await sleep(20)
    }
  }

  it('does not listen to one that forges, and hears an honest one on', async () => {
    const [victim, honest] = [await node(), await node()]
    await victim.meet(honest)
    const host = await spoiler(victim)
    const forged = await sealed(await generateKeyPair('Ed25519'))
    await until(async () => {
      forged.set(randomBytes(8), forged.length - 8)
      await host.services.pubsub!.publish(TOPIC, forged.slice())
      return victim.reputation.isShunned(host.peerId.toString())
    }, 'shunning')
    expect(victim.gossip!.counts.dropped.get('forged')).to.be.within(3, 6)
    await until(() => host.services.pubsub!.followers(TOPIC) === 0 ||
      victim.host.services.pubsub!.followers(TOPIC) === 1, 'parting')
    await until(async () => {
      await honest.tick()
      return victim.table.get(honest.host.peerId) != null
    }, 'hearing of the honest one')
    expect(victim.reputation.shunned).to.equal(1)
  })

  it('keeps its memory and its time when thousands of made-up nodes are told to it', async () => {
    const victim = await node()
    const host = await spoiler(victim)
    const keys = await Promise.all(Array.from({ length: 3_000 }, () => generateKeyPair('Ed25519')))
    const records = await Promise.all(keys.map(key => sealed(key)))
    const pubsub = host.services.pubsub!
    for (const [number, record] of records.entries()) {
      await pubsub.publish(TOPIC, record)
      if (number % 20 === 0) await sleep(1)
    }
    const { taken } = victim.gossip!.counts
    await until(() => victim.gossip!.counts.taken === taken, 'rest')
    // It moves to a cell, where the spoiler does not follow: what it took by then is all.
    expect(victim.table.size).to.be.within(100, 512)
    expect(victim.table.bytes).to.be.below(2 * 1024 * 1024)
    expect(victim.gossip!.cell).to.have.length.within(1, 2)
    expect(victim.traffic.bytes).to.be.below(1024 * 1024)
  })
})
