import { multiaddr } from '@multiformats/multiaddr'
import { expect } from 'chai'
import type { CID } from 'multiformats/cid'
import type { Provider } from '../../daemon/discovery/index.ts'
import { NodeActions, type NodeActionsComponents } from '../../daemon/node-actions.ts'
import { type Publisher, publishedPin } from '../../daemon/publisher.ts'
import { PeerScores } from '../../daemon/routing/index.ts'
import { parseCid } from '../../protocols/cid.ts'
import { Ledger } from '../../protocols/exchange/index.ts'
import type { Host } from '../../protocols/host.ts'
import { type SampleTitle, sampleTitle } from '../protocols/content/titles.ts'
import { contentNamed, refusal } from '../protocols/tracker/nodes.ts'
import { FakeNeighbour, somePeer } from './retrieval/fake-exchange.ts'
import { bench, FakeBroker, FakeSource } from './retrieval/fakes.ts'
import { sampleLimits } from './sample-limits.ts'
import { spokenLog } from './spoken-log.ts'

const DELIVERED = { local: 1, peer: 2, edge: 3, origin: 4 }
const peers = await Promise.all([1, 2, 3].map(somePeer))

describe('daemon/node-actions', () => {
  let title: SampleTitle
  before(async () => { title = await sampleTitle(2) })

  /** A node that holds the title, unless `held` says otherwise. */
  async function rig (more: Partial<NodeActionsComponents> = {}, held = [...title.held]) {
    const source = new FakeSource('edge', 'edge', title.held)
    const node = await bench([new FakeBroker(source)])
    const { store, holdings, retrieval, penalties } = node
    for (const [cid, bytes] of held) await store.put(parseCid(cid), bytes)
    if (held.length > 0) await holdings.adopt(title.id)
    const calls: string[] = []
    const ledger = new Ledger({ clock: Date.now })
    const { log, lines } = spokenLog()
    const neighbours: FakeNeighbour[] = []
    const call = (name: string) => async (content: CID) => { calls.push(`${name} ${content}`) }
    const actions = new NodeActions({
      config: { name: 'n', role: 'peer', network: 'test', region: 'eu' },
      host: {
        status: 'started',
        peerId: peers[0]!,
        getMultiaddrs: () => [multiaddr('/ip4/10.0.0.1/tcp/1')],
        getConnections: () => [],
        services: {} as Host['services']
      },
      store,
      holdings,
      retrieval,
      penalties,
      exchange: { neighbours: () => neighbours },
      titles: { entry: () => ({ alias: 'hit' }) },
      files: { add: async () => { throw new Error() }, keep: async () => {}, remove: call('drop') },
      sources: { list: () => [] },
      providers: { async * find () {} },
      announcer: { announce: async () => ['tracker'] },
      keeper: {
        keep: () => { calls.push('keep') },
        release: content => { calls.push(`release ${content}`) }
      },
      serving: { ledger, scores: new PeerScores({ ledger }), limits: sampleLimits() },
      popular: { top: async () => [], drop: call('drop popular') },
      traffic: { bySource: DELIVERED, uploadedBytes: 5, wastedBytes: 7, mismatches: 6 },
      listeners: {
        gateway: () => ({ url: () => 'http://g' }), control: () => ({ url: () => 'http://c' })
      },
      log,
      stop: () => { calls.push('stop') },
      ...more
    })
    return { ...node, source, actions, calls, lines, neighbours }
  }
  const blocksHeld = ({ store }: { store: { entries: () => Iterable<unknown> } }): number =>
    [...store.entries()].length

  it('says how it is', async () => {
    const { actions, neighbours, penalties } = await rig()
    neighbours.push(new FakeNeighbour(peers[1]!))
    penalties.ban('a liar')
    expect(await actions.status()).to.deep.include({
      name: 'n', role: 'peer', gateway: 'http://g', control: 'http://c', peers: 1, titles: 1,
      delivered: DELIVERED, uploadedBytes: 5, wastedBytes: 7, mismatches: 6,
      bannedPeers: ['a liar'], pid: process.pid, httpSources: []
    })
    expect(actions.observed()).to.include({ neighbours: 1, titles: 1, bannedPeers: 1 })
    expect(actions.health()).to.include({ status: 'ok', network: 'test' })
    const host = { status: 'starting', getMultiaddrs: () => [] } as never
    expect((await rig({ host })).actions.health().status).to.equal('degraded')
  })

  it('lists neighbours, and who of neighbours and servers is near', async () => {
    const { actions, neighbours } = await rig({
      sources: {
        list: () => [
          { peer: peers[2]!, role: 'edge', region: 'us', url: 'http://near', rttMs: 3 },
          { peer: peers[2]!, role: 'edge', region: 'us', url: 'http://never.measured' }
        ]
      }
    })
    const [a, b] = [new FakeNeighbour(peers[1]!), new FakeNeighbour(peers[2]!, 'edge')]
    Object.assign(a, { rttMs: 9, sentBytes: 7 })
    b.rttMs = undefined
    neighbours.push(a, b)
    const seen = actions.peers().map(({ peer, role, rttMs, sentBytes }) =>
      [peer, role, rttMs, sentBytes])
    expect(seen).to.deep.equal(
      [[String(peers[1]), 'peer', 9, 7], [String(peers[2]), 'edge', undefined, 0]])
    expect(actions.rtt().map(({ peer, rttMs }) => [peer, rttMs]))
      .to.deep.equal([['http://near', 3], [String(peers[1]), 9]])
  })

  it('says how often a neighbour was measured, and where it says it is', async () => {
    const { actions, neighbours } = await rig()
    const coordinate = { x: 1, y: 2, heightMs: 3, error: 0.5 }
    const known = Object.assign(new FakeNeighbour(peers[1]!), {
      rttMs: 9, latestRtt: { rttMs: 8, count: 7 }, coordinate
    })
    neighbours.push(known)
    expect(actions.rtt()).to.deep.equal([
      { peer: String(peers[1]), rttMs: 9, role: 'peer', region: 'here', samples: 7, coordinate }
    ])
  })

  it('ranks neighbours, and changes limits and logs it', async () => {
    const { actions, neighbours, lines } = await rig()
    const [far, near] = [new FakeNeighbour(peers[1]!), new FakeNeighbour(peers[2]!)]
    Object.assign(far, { rttMs: 90 })
    Object.assign(near, { rttMs: 2 })
    neighbours.push(far, near)
    expect(actions.rankedPeers().map(({ peer }) => peer))
      .to.deep.equal([`${near.peer}`, `${far.peer}`])
    expect(actions.changeLimits({ rate: '1MB/s' })).to.deep.equal(actions.limits())
    expect(actions.limits().uploadBytesPerSecond).to.equal(1e6)
    expect(lines).to.deep.equal(['changed limits: {"rate":"1MB/s"}'])
  })

  it('lists what it holds, and leaves out and logs what it cannot describe', async () => {
    const { actions } = await rig()
    const [listed] = await actions.titles()
    expect(listed).to.include({ id: String(title.id), alias: 'hit', isPinned: false })
    expect(listed?.heldBytes).to.equal(listed?.size)
    const gone = contentNamed('gone')
    const holdings = { held: () => [{ content: gone, completeness: [] }] }
    const retrieval = { manifest: async () => { throw new Error('its root is gone') } }
    const without = await rig({ holdings, retrieval })
    expect(await without.actions.titles()).to.deep.equal([])
    expect(without.lines).to.deep.equal([`cannot say what we hold of ${gone}: its root is gone`])
  })

  it('shows a title with its segments and with who else has it, up to a bound', async () => {
    const provider = (i: number): Provider => ({ peer: peers[i % 3]!, addresses: [], via: 'dht' })
    const { actions } = await rig({
      providers: { async * find () { for (let i = 0; ; i++) yield provider(i) } }
    })
    const { segments, providers } = await actions.title(title.id)
    expect(segments['128k']?.map(({ held, blocks }) => [held, blocks]))
      .to.deep.equal([[3, 3], [3, 3]])
    expect(providers).to.have.length(64)
    expect(providers[0]).to.deep.equal({ peer: String(peers[0]), via: 'dht' })
  })

  it('pins every block of a title, also those that are not here yet, and has them fetched',
    async () => {
      const node = await rig({}, [])
      await node.actions.pin(title.id)
      expect([...node.store.pins()])
        .to.deep.equal([{ name: String(title.id), blocks: title.held.size }])
      expect(node.calls).to.deep.equal(['keep'])
      expect(blocksHeld(node)).to.be.lessThan(title.held.size)
    })

  it('pins nothing of a title whose index cannot be had', async () => {
    const node = await rig({}, [])
    node.source.answer = async ({ cid }) =>
      cid.equals(title.id) ? title.held.get(String(cid)) : undefined
    const { time, actions, store } = node
    expect((await time.until(refusal(actions.pin(title.id)))).value)
      .to.equal('ContentNotFoundError')
    expect([[...store.pins()], node.calls]).to.deep.equal([[], []])
  })

  it('unpins what is pinned, and then fetches no more of it', async () => {
    const { actions, store, calls } = await rig()
    await actions.pin(title.id)
    await actions.unpin(title.id)
    expect([[...store.pins()], calls]).to.deep.equal([[], ['keep', `release ${title.id}`]])
  })

  it('refuses to unpin what is not pinned', async () => {
    const { actions, calls } = await rig()
    expect(await refusal(actions.unpin(title.id))).to.equal('InvalidArgumentError')
    expect(calls).to.deep.equal([])
  })

  it('removes a title with all its blocks, but for those that another pin holds', async () => {
    const node = await rig()
    const [kept] = title.blocks
    await node.store.pin('other', [kept!.cid])
    await node.actions.remove(title.id)
    expect([...node.store.entries()].map(({ cid }) => String(cid)))
      .to.deep.equal([String(kept!.cid)])
  })

  it('refuses to remove a pinned title, and says what to do first', async () => {
    const node = await rig()
    await node.actions.pin(title.id)
    const err = await node.actions.remove(title.id).catch((err: Error) => err)
    expect(err).to.include({
      name: 'InvalidArgumentError', message: `${title.id} is pinned: unpin it first`
    })
    expect(blocksHeld(node)).to.equal(title.held.size)
  })

  it('has its publisher remove what was published here, pinned as it is', async () => {
    const unpublished: string[] = []
    const publisher = {
      unpublish: async (content: CID) => {
        unpublished.push(String(content))
        return content.equals(title.id)
      },
      publish: async function * () { yield { stage: 'transcode', percent: 1 } }
    } as unknown as Publisher
    const { actions, store } = await rig({ publisher })
    await store.pin(publishedPin(title.id), [title.id])
    expect((await actions.titles())[0]?.isPinned).to.equal(true)
    await actions.remove(title.id)
    expect(unpublished).to.deep.equal([String(title.id)])
  })

  it('publishes only with a publisher', async () => {
    expect((await rig()).actions.publish).to.equal(undefined)
    const publisher = {
      publish: async function * () { yield { stage: 'transcode', percent: 1 } }
    } as unknown as Publisher
    const seen: string[] = []
    for await (const { stage } of (await rig({ publisher })).actions.publish!({ path: '/x' })) {
      seen.push(stage)
    }
    expect(seen).to.deep.equal(['transcode'])
  })

  it('announces under a deadline, and fails when nobody heard', async () => {
    const signals: AbortSignal[] = []
    let told: Array<'tracker'> = ['tracker']
    const announcer = {
      announce: async (_: CID, { signal }: { signal: AbortSignal }) => {
        signals.push(signal)
        return told
      }
    }
    const { actions } = await rig({ announcer })
    await actions.announce(title.id)
    const ends = new AbortController()
    ends.abort()
    await actions.announce(title.id, { signal: ends.signal })
    expect(signals.map(({ aborted }) => aborted)).to.deep.equal([false, true])
    told = []
    expect(await refusal(actions.announce(title.id))).to.equal('UpstreamError')
  })

  it('stops when it is told to', async () => {
    const { actions, calls } = await rig()
    actions.shutdown()
    expect(calls).to.deep.equal(['stop'])
  })
})
