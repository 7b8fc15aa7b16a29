import { setTimeout as sleep } from 'node:timers/promises'
import { generateKeyPair } from '@libp2p/crypto/keys'
import { KEEP_ALIVE, type PrivateKey } from '@libp2p/interface'
import { expect } from 'chai'
import type { CID } from 'multiformats/cid'
import { lookAround } from '../../protocols/dht.ts'
import { createHost, type Host } from '../../protocols/host.ts'
import { contentNamed } from './tracker/nodes.ts'

const NODES = 30
const TITLES = 8

describe('protocols/dht', function () {
  this.timeout(60_000)
  const hosts: Host[] = []
  let bootstrap: Host
  const titles = Array.from({ length: TITLES }, (_, i) => contentNamed(`title ${i}`))

  const keys: PrivateKey[] = []
  const open = async (key?: PrivateKey): Promise<Host> => await createHost({
    privateKey: key ?? await generateKeyPair('Ed25519'),
    network: 'test',
    listen: ['/ip4/127.0.0.1/tcp/0'],
    dht: 'server',
    isPrivate: true
  })

  /** Told again as the ledger does: of a network half connected the wrong nodes took the record. */
  async function untilFound (host: Host, title: CID, holder: Host): Promise<void> {
    for (let tried = 0; ; tried++) {
      if (tried > 0) await holder.contentRouting.provide(title)
      const options = { signal: AbortSignal.timeout(2_000) }
      try {
        for await (const { id } of host.contentRouting.findProviders(title, options)) {
          if (id.equals(holder.peerId)) return
        }
      } catch (err) {
        if (!options.signal.aborted) throw err
      }
    }
  }

  /** As a node does that plays; the first look of one that is idle comes within 75 s. */
  async function untilMet (): Promise<void> {
    const isAlone = (host: Host): boolean => host.getPeers().length < 3
    while (hosts.some(isAlone)) {
      await Promise.all(hosts.filter(isAlone).map(host => lookAround(host.services.dht!)))
      await sleep(50)
    }
  }

  before(async () => {
    bootstrap = await open()
    for (let i = 0; i < NODES; i++) {
      keys.push(await generateKeyPair('Ed25519'))
      hosts.push(await open(keys[i]))
      await hosts[i]!.dial(bootstrap.getMultiaddrs())
    }
    await untilMet()
  })
  after(async () => { await Promise.all([bootstrap, ...hosts].map(host => host.stop())) })

  it('connects a network by itself, and not everyone to everyone', () => {
    const connections = hosts.reduce((sum, host) => sum + host.getPeers().length, 0)
    expect(connections / NODES).to.be.below(NODES * 0.7)
  })

  it('leaves it to who holds connections whether one to the closest is made again', async () => {
    const tagged = async (): Promise<string[]> => {
      const known = await Promise.all(hosts.map(host => host.peerStore.all()))
      return known.flat().flatMap(({ tags }) => [...tags.keys()])
    }
    while (!(await tagged()).includes('kad-close')) await sleep(100)
    expect((await tagged()).filter(tag => tag.startsWith(KEEP_ALIVE))).to.deep.equal([])
  })

  it('finds what any node provides from any other, also when the bootstrap is gone', async () => {
    await bootstrap.stop()
    for (const [i, title] of titles.entries()) await hosts[i]!.contentRouting.provide(title)
    for (const [i, title] of titles.entries()) {
      await untilFound(hosts[NODES - 1 - i]!, title, hosts[i]!)
    }
  })

  it('finds what was told before a third of the nodes, and who told it, came back', async () => {
    const held = Array.from({ length: 4 }, (_, i) => contentNamed(`kept title ${i}`))
    for (const [i, title] of held.entries()) await hosts[i]!.contentRouting.provide(title)
    for (let i = 0; i < NODES; i += 3) {
      await hosts[i]!.stop()
      hosts[i] = await open(keys[i])
      // At another port; what it kept of others' records is gone.
      await hosts[i]!.dial(hosts[(i + 1) % NODES]!.getMultiaddrs())
    }
    for (const [i, title] of held.entries()) {
      const finder = hosts[NODES - 2 - 3 * i]!
      const found = (async () => {
        for await (const { id } of finder.contentRouting.findProviders(title)) {
          if (id.equals(hosts[i]!.peerId)) return true
        }
        return false
      })()
      expect(await found, `title ${i}`).to.equal(true)
    }
  })

  it('finds what was told to nodes of which a third have gone', async () => {
    await Promise.all(hosts.splice(TITLES, NODES / 3).map(host => host.stop()))
    // Who came back a moment ago knew few, of whom some are gone now.
    await untilMet()
    for (const [i, title] of titles.entries()) {
      await untilFound(hosts.at(-1 - i)!, title, hosts[i]!)
    }
  })
})
