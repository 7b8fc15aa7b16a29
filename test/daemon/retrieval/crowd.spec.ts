import { expect } from 'chai'
import type { PeerId } from '@libp2p/interface'
import type { CID } from 'multiformats/cid'
import { Crowd } from '../../../daemon/retrieval/crowd.ts'
import { PenaltyBook } from '../../../daemon/routing/index.ts'
import { FakeExchange, FakeNeighbour, somePeer } from './fake-exchange.ts'
import { memberOf } from '../../../daemon/retrieval/share.ts'
import { FakeTime } from './fake-time.ts'
import { sampleBlock } from './fakes.ts'

describe('daemon/retrieval/crowd', () => {
  let content: CID
  let blocks: CID[]

  before(async () => {
    content = (await sampleBlock(99)).cid
    blocks = await Promise.all(Array.from({ length: 40 }, async (_, seed) =>
      (await sampleBlock(seed)).cid))
  })

  /** Nodes that are all each other's neighbours and play the title. */
  async function crowdOf (size: number) {
    const { clock } = new FakeTime()
    const peers = await Promise.all(Array.from({ length: size }, (_, n) => somePeer(n)))
    return peers.map(peerId => {
      const exchange = new FakeExchange()
      const penalties = new PenaltyBook({ clock })
      for (const peer of peers.filter(peer => !peer.equals(peerId))) {
        exchange.arrive(Object.assign(new FakeNeighbour(peer), { plays: [content] }))
      }
      return { exchange, penalties, crowd: new Crowd({ peerId, exchange, penalties }) }
    })
  }

  it('has nobody to share with while nobody else plays the title', async () => {
    const [{ crowd, exchange }] = await crowdOf(1) as [Awaited<ReturnType<typeof crowdOf>>[0]]
    exchange.arrive(new FakeNeighbour(await somePeer(5)))
    const edge = new FakeNeighbour(await somePeer(6), 'edge')
    exchange.arrive(Object.assign(edge, { plays: [content] }))
    expect(crowd.claims({ cid: blocks[0]!, content })).to.deep.equal({})
    expect(crowd.claims({ cid: blocks[0]! })).to.deep.equal({})
    expect(crowd.isOurs({ cid: blocks[0]!, content })).to.equal(false)
  })

  it('gives every node a turn of its own for each block', async () => {
    const crowds = await crowdOf(4)
    for (const cid of blocks) {
      const claims = crowds.map(({ crowd }) => crowd.claims({ cid, content }).claim)
      expect(crowds.map(({ crowd }) => crowd.isOurs({ cid, content })))
        .to.deep.equal(claims.map(claim => claim === 0))
      expect(claims.sort()).to.deep.equal([0, 1, 2, 3])
    }
  })

  it('counts peers that a tracker told of, unless they are neighbours and play something else',
    async () => {
      const [{ crowd, exchange }] = await crowdOf(2) as [Awaited<ReturnType<typeof crowdOf>>[0]]
      const stranger = memberOf('stranger')
      const idler = new FakeNeighbour(await somePeer(7))
      exchange.arrive(idler)
      const told = [stranger, memberOf(idler.peer.toString())]
      const turns = new Set(blocks.map(cid => crowd.claims({ cid, content }, told).claim))
      expect([...turns].sort()).to.deep.equal([0, 1, 2])
    })

  it('gives turns in a region among those who stand there', async () => {
    const { clock } = new FakeTime()
    const peers = await Promise.all([0, 1, 2].map(n => somePeer(n)))
    const [peerId, near, far] = peers as [PeerId, PeerId, PeerId]
    const exchange = new FakeExchange()
    const penalties = new PenaltyBook({ clock })
    for (const [peer, region] of [[near, 'eu'], [far, 'asia']] as const) {
      const neighbour = Object.assign(new FakeNeighbour(peer), { plays: [content] })
      neighbour.hello.region = region
      exchange.arrive(neighbour)
    }
    const crowd = new Crowd({ peerId, region: 'eu', exchange, penalties })
    const told = [memberOf('told', 'eu'), memberOf('elsewhere', 'asia')]
    const turns = blocks.map(cid => crowd.claims({ cid, content }, told).regionClaim)
    expect([...new Set(turns)].sort()).to.deep.equal([0, 1, 2])
    const alone = new Crowd({ peerId, region: 'south', exchange, penalties })
    const nowhere = new Crowd({ peerId, exchange, penalties })
    for (const one of [alone, nowhere]) {
      expect(one.claims({ cid: blocks[0]!, content }, told).regionClaim).to.equal(undefined)
    }
  })

  it('counts on nobody who fails', async () => {
    const [{ crowd, exchange, penalties }] = await crowdOf(2) as
      [Awaited<ReturnType<typeof crowdOf>>[0]]
    const theirs = blocks.find(cid => crowd.claims({ cid, content }).claim === 1)!
    penalties.fail([...exchange.here.keys()][0]!)
    expect(crowd.claims({ cid: theirs, content })).to.deep.equal({})
  })

  it('knows whether a peer has a block or is getting it', async () => {
    const [{ crowd, exchange }] = await crowdOf(2) as [Awaited<ReturnType<typeof crowdOf>>[0]]
    const [neighbour] = exchange.here.values()
    const place = { content, rendition: 'a', number: 1 }
    const want = { cid: blocks[0]!, size: 1, priority: 'playing', deadlineMs: 0 } as const
    const has = ['have', 'loading', 'missing', 'unknown'].map(said => {
      Object.assign(neighbour!, { said })
      return crowd.has({ ...want, ...place })
    })
    expect(has).to.deep.equal([true, true, false, false])
    neighbour!.said = 'have'
    expect(crowd.has(want)).to.equal(false)
    Object.assign(neighbour!.hello, { role: 'edge' })
    expect(crowd.has({ ...want, ...place })).to.equal(false)
  })
})
