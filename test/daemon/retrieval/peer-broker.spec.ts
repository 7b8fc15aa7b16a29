import { defaultLogger } from '@libp2p/logger'
import { expect } from 'chai'
import type { CID } from 'multiformats/cid'
import { type BlockWant, PeerBroker } from '../../../daemon/retrieval/index.ts'
import { contentNamed } from '../../protocols/tracker/nodes.ts'
import { type FakeNeighbour, somePeer } from './fake-exchange.ts'
import { settle } from './fake-time.ts'
import { neighbour, PeerBrokerRig } from './peer-broker-rig.ts'

const noTerms = { rtt: 0, upload: 0, reciprocity: 0, uptime: 0 }

describe('daemon/retrieval/peer-broker', () => {
  let rig: PeerBrokerRig
  let want: BlockWant
  let content: CID
  const broker: PeerBrokerRig['broker'] = (...given) => rig.broker(...given)

  before(async () => {
    rig = await PeerBrokerRig.open()
    want = rig.want
    content = want.content!
  })
  afterEach(() => rig.close())

  const seen = (peers: PeerBroker, more: Partial<BlockWant> = {}) =>
    peers.sources({ ...want, ...more }).map(({ kind, holds }) => `${kind} ${holds}`)
  const rootOf = (cid: CID) => ({ cid, content: cid, rendition: undefined, number: undefined })

  describe('sources', () => {
    it('are the neighbours that have the block, are loading it, or have not said', async () => {
      const { exchange, peers } = broker()
      for (const [n, said] of (['have', 'loading', 'unknown', 'missing'] as const).entries()) {
        exchange.arrive(await neighbour(n + 1, { said }))
      }
      expect(seen(peers)).to.deep.equal(['peer have', 'peer loading', 'peer unknown'])
    })

    it('are of the kind that the neighbour is; an edge can get what it does not hold', async () => {
      const { exchange, peers } = broker()
      exchange.arrive(await neighbour(1, { role: 'edge', said: 'missing' }))
      exchange.arrive(await neighbour(2, { role: 'origin', said: 'have' }))
      exchange.arrive(await neighbour(3, { role: 'bootstrap', said: 'have' }))
      expect(seen(peers)).to.deep.equal(['edge unknown', 'origin have'])
    })

    it('have root and pages when they hold anything of the title', async () => {
      const { exchange, peers } = broker()
      exchange.arrive(await neighbour(1, { holdsSome: true, said: 'missing' }))
      exchange.arrive(await neighbour(2))
      expect(seen(peers, { rendition: undefined, number: undefined }))
        .to.deep.equal(['peer have', 'peer unknown'])
    })

    it('have no root of a title of which they told that they hold nothing', async () => {
      const { exchange, peers } = broker()
      const content = contentNamed('one')
      const beginner = await neighbour(2, { holdsSome: false })
      beginner.plays = [content]
      exchange.arrive(await neighbour(1, { holdsSome: false }))
      expect(seen(peers, rootOf(content))).to.deep.equal([])
      // Who begins to play it has read its root, and holds nothing else yet.
      exchange.arrive(beginner)
      expect(seen(peers, rootOf(content))).to.deep.equal(['peer unknown'])
    })

    it('may have a file of no title as part of one, also when they told nothing', async () => {
      const { exchange, peers } = broker()
      exchange.arrive(await neighbour(1, { holdsSome: false }))
      expect(seen(peers, rootOf(want.cid))).to.deep.equal(['peer unknown'])
    })

    it('are all unknown for a bare block, and not too many then', async () => {
      const { exchange, peers } = broker()
      for (let n = 1; n < 20; n++) {
        exchange.arrive(await neighbour(n, { holdsSome: true, said: 'have' }))
      }
      expect(seen(peers, { content: undefined })).to.deep.equal(Array(8).fill('peer unknown'))
      expect(seen(peers)).to.have.length(19)
    })

    it('have no rate yet while they have sent next to nothing', async () => {
      const { exchange, peers } = broker()
      const one = await neighbour(1, { said: 'have', rateBytesPerSecond: 5000, receivedBytes: 900 })
      exchange.arrive(one)
      expect(peers.sources(want)[0]!.rateBytesPerSecond).to.equal(undefined)
      one.receivedBytes = 1e6
      expect(peers.sources(want)[0]!.rateBytesPerSecond).to.equal(5000)
      expect(peers.sources(want)[0]!.progress()).to.equal(1e6)
    })

    it('are as good as they score', async () => {
      const { exchange, penalties, time } = broker()
      exchange.arrive(await neighbour(1, { said: 'have' }))
      const scores = { of: () => ({ score: 0.7, facts: {}, terms: noTerms }) }
      const scored = new PeerBroker({
        ...time, random: () => 0.5, peerId: await somePeer(0), exchange, penalties, scores,
        log: defaultLogger().forComponent('test'), providers: { async * find () {} }
      })
      expect(scored.sources(want)[0]!.score).to.equal(0.7)
    })

    it('pass on what we have of a block, and that it became more urgent', async () => {
      const { exchange, peers } = broker()
      const holder = await neighbour(1, { said: 'have' })
      exchange.arrive(holder)
      const [source] = peers.sources(want)
      await source!.fetch(want, { ...new AbortController(), offset: 4 })
      expect(holder.wants[0]!.offset).to.equal(4)
      source!.raise!({ ...want, priority: 'urgent' })
      expect(holder.raised).to.deep.equal([
        { cid: want.cid, priority: 'urgent', deadlineMs: 5000 }
      ])
    })

    it('are far in another region than ours, unless they are servers or there is but one',
      async () => {
        const { exchange, peers } = broker([], {}, { region: 'eu' })
        const alone = broker()
        for (const [n, region, role] of [
          [1, 'eu', 'peer'], [2, 'asia', 'peer'], [3, 'asia', 'edge']
        ] as const) {
          const holder = await neighbour(n, { role, said: 'have' })
          holder.hello.region = region
          exchange.arrive(holder)
          alone.exchange.arrive(holder)
        }
        const farOf = (broker: PeerBroker) =>
          broker.sources(want).map(({ isFar }) => isFar === true)
        expect(farOf(peers)).to.deep.equal([false, true, false])
        expect(farOf(alone.peers)).to.deep.equal([false, false, false])
      })

    it('pass the want on, with the time that is left', async () => {
      const { exchange, peers } = broker()
      const holder = await neighbour(1, { said: 'have' })
      exchange.arrive(holder)
      await peers.sources(want)[0]!.fetch(want, new AbortController())
      expect(holder.wants).to.deep.equal([
        { cid: want.cid, size: 10, content, priority: 'playing', deadlineMs: 5000 }
      ])
    })
  })

  it('knows whose a block is to get, and who has it', async () => {
    const { exchange, peers } = broker()
    expect(peers.claims(want)).to.deep.equal({})
    expect(peers.isOurs(want)).to.equal(false)
    exchange.arrive(await neighbour(1, { plays: [content], said: 'loading' }))
    const { claim, regionClaim } = peers.claims(want)
    expect(claim).to.be.oneOf([0, 1])
    expect(peers.isOurs(want)).to.equal(claim === 0)
    expect(regionClaim).to.equal(undefined)
    expect(peers.isAround(want)).to.equal(true)
  })

  it('has the exchange turn a liar away', async () => {
    const { exchange, peers } = broker()
    const liar = await neighbour(1)
    exchange.arrive(liar)
    peers.ban(liar.peer.toString(), 123)
    peers.ban('http://edge', 123)
    expect(exchange.banned).to.deep.equal([[liar.peer.toString(), 123]])
  })

  it('wakes who waits when a neighbour comes or tells of more', async () => {
    const { exchange, peers } = broker()
    const never = new AbortController()
    const arrived = peers.changed(want, never)
    const holder = await neighbour(1)
    exchange.arrive(holder)
    await arrived
    let isTold = false
    const told = peers.changed(want, never).then(() => { isTold = true })
    const tell = async (said: FakeNeighbour['said']) => {
      holder.said = said
      const detail = { neighbour: holder }
      exchange.events.dispatchEvent(new CustomEvent('have', { detail }))
      await settle()
    }
    await tell('unknown')
    expect(isTold).to.equal(false)
    await tell('have')
    await told
  })
})
