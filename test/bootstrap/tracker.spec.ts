import type { PeerId } from '@libp2p/interface'
import { multiaddr } from '@multiformats/multiaddr'
import { expect } from 'chai'
import { PeerRegistry, type PeerRegistryLimits } from '../../bootstrap/peer-registry.ts'
import { BootstrapTracker, type BootstrapTrackerInit } from '../../bootstrap/tracker.ts'
import { endorse } from '../../protocols/tracker/index.ts'
import { encodeAnswer } from '../../protocols/tracker/message.ts'
import {
  blockNamed, contentNamed, NETWORK, NOW, refusal, testKey, testNode
} from '../protocols/tracker/nodes.ts'

const content = contentNamed('a')
const renditions = [{ rendition: '128k', held: 3, blocks: 10 }]
const titles = [{ content, renditions }]

function setUp (
  init: Partial<BootstrapTrackerInit> = {}, limits: Partial<PeerRegistryLimits> = {}
) {
  const time = { nowMs: NOW }
  const clock = (): number => time.nowMs
  const tracker = new BootstrapTracker(
    {
      store: new PeerRegistry({}, limits), clock, random: () => 0.5
    }, { network: NETWORK, ...init })
  return { tracker, time, clock }
}

const peersOf = async (tracker: BootstrapTracker): Promise<string[]> =>
  (await tracker.lookup(content, {})).map(({ record }) => `${record.peer}`)

describe('bootstrap/tracker', () => {
  it('hands out who announced, with completeness, until it withdraws', async () => {
    const { tracker, clock } = setUp()
    const { signer, peer } = await testNode(1, {}, clock)
    expect(
      await tracker.submit('announce', await signer.announce(titles), { peer })
    ).to.deep.equal({ known: false })
    const [found] = await tracker.lookup(content, {})
    expect(`${found!.record.peer}`).to.equal(`${peer}`)
    expect(found!.renditions).to.deep.equal(renditions)
    expect(
      await tracker.submit('withdraw', await signer.withdraw([content]), { peer })
    ).to.deep.equal({ known: true })
    expect(await peersOf(tracker)).to.deep.equal([])
  })

  it('keeps the bytes a node reports, and is not stopped by what is no report', async () => {
    const { tracker, clock } = setUp()
    const { signer, peer } = await testNode(1, {}, clock)
    await tracker.submit('heartbeat', await signer.heartbeat(Uint8Array.of(9, 9)), { peer })
    const [node] = await tracker.nodes(9)
    expect([...node!.report!]).to.deep.equal([9, 9])
    const large = await signer.heartbeat(new Uint8Array(4097))
    expect(await refusal(tracker.submit('heartbeat', large, { peer })))
      .to.equal('InvalidMessageError')
  })

  it('tells a crowd of each other from its first question on', async () => {
    const { tracker, time, clock } = setUp()
    const [first, second, holder] = await Promise.all([1, 2, 3].map(n => testNode(n, {}, clock)))
    for (const { signer, peer } of [first!, second!]) {
      await tracker.submit('heartbeat', await signer.heartbeat(), { peer })
    }
    await tracker.submit('announce', await holder!.signer.announce(titles), { peer: holder!.peer })
    const told = async (peer: PeerId) => (await tracker.lookup(content, { peer }))
      .map(({ record, interested }) => [`${record.peer}`, interested === true])
    expect(await told(first!.peer)).to.deep.equal([[`${holder!.peer}`, false]])
    expect(await told(second!.peer)).to.deep.include([`${first!.peer}`, true])
    expect(await told(holder!.peer)).to.have.deep.members(
      [[`${first!.peer}`, true], [`${second!.peer}`, true]])
    // One that also holds some of it is named once.
    expect(await told(second!.peer)).to.have.deep.members(
      [[`${first!.peer}`, true], [`${holder!.peer}`, true]])
    time.nowMs += 60_000
    expect(await told(second!.peer)).to.deep.equal([[`${holder!.peer}`, false]])
  })

  it('names holders only to those who are no peers, as over HTTP', async () => {
    const { tracker, clock } = setUp()
    const [asker, holder] = await Promise.all([1, 2].map(n => testNode(n, {}, clock)))
    const { signer, peer } = asker!
    await tracker.submit('heartbeat', await signer.heartbeat(), { peer })
    await tracker.submit('announce', await holder!.signer.announce(titles), {})
    await tracker.lookup(content, { peer })
    expect(await peersOf(tracker)).to.deep.equal([`${holder!.peer}`])
  })

  it('counts neither servers nor strangers to a crowd', async () => {
    const { tracker, clock } = setUp()
    const edge = await testNode(1, { role: 'edge' }, clock)
    const stranger = await testNode(2, {}, clock)
    await tracker.submit('heartbeat', await edge.signer.heartbeat(), { peer: edge.peer })
    await tracker.lookup(content, { peer: edge.peer })
    await tracker.lookup(content, { peer: stranger.peer })
    const { peer } = await testNode(3, {}, clock)
    expect(await tracker.lookup(content, { peer })).to.deep.equal([])
  })

  it('forgets at once who leaves', async () => {
    const { tracker, clock } = setUp()
    const { signer } = await testNode(1, {}, clock)
    await tracker.submit('announce', await signer.announce(titles), {})
    await tracker.submit('leave', await signer.leave(), {})
    expect(await peersOf(tracker)).to.deep.equal([])
    expect(
      await tracker.submit('heartbeat', await signer.heartbeat(), {})
    ).to.deep.equal({ known: false })
  })

  it('names nobody silent for 120 s, and a heartbeat is enough not to be', async () => {
    const { tracker, time, clock } = setUp()
    const { signer } = await testNode(1, {}, clock)
    await tracker.submit('announce', await signer.announce(titles), {})
    time.nowMs += 100_000
    expect(
      await tracker.submit('heartbeat', await signer.heartbeat(), {})
    ).to.deep.equal({ known: true })
    time.nowMs += 120_000
    expect(await peersOf(tracker)).to.have.length(1)
    expect(await tracker.reap()).to.equal(0)
    time.nowMs += 1
    expect(await peersOf(tracker)).to.deep.equal([])
    expect(await tracker.reap()).to.equal(1)
    expect((await tracker.size()).nodes).to.equal(0)
  })

  it('forgets the silent by itself while it runs', async () => {
    const { tracker, time, clock } = setUp({ reapIntervalMs: 1 })
    const { signer } = await testNode(1, {}, clock)
    await tracker.submit('announce', await signer.announce(titles), {})
    time.nowMs += 120_001
    expect((await tracker.size()).nodes).to.equal(1)
    await tracker.start()
    while ((await tracker.size()).nodes > 0) await new Promise(resolve => setImmediate(resolve))
    await tracker.stop()
  })

  it('refuses what is forged, replayed, stale or another’s, and changes nothing', async () => {
    const { tracker, time, clock } = setUp()
    const { signer, peer } = await testNode(1, {}, clock)
    const other = await testNode(2, {}, clock)
    const announce = await signer.announce(titles)
    const elsewhere = await testNode(1, { network: 'other' }, clock)
    const forged = Uint8Array.from(announce)
    forged[forged.length - 1]! ^= 1
    const told = async (envelope: Uint8Array, caller = {}) => await refusal(
      tracker.submit('announce', envelope, caller)
    )
    expect(await told(forged)).to.equal('RecordRefusedError signature')
    expect(await told(announce, { peer: other.peer })).to.equal('RecordRefusedError signer')
    expect(
      await told(await elsewhere.signer.announce(titles))
    ).to.equal('RecordRefusedError network')
    expect(await told(new Uint8Array(70_000))).to.equal('RecordRefusedError too-large')
    expect(await told(new Uint8Array(100))).to.equal('InvalidMessageError')
    time.nowMs += 121_000
    expect(await told(announce)).to.equal('RecordRefusedError clock')
    time.nowMs -= 121_000
    expect(await refusal(tracker.submit('leave', announce, {}))).to.equal('InvalidMessageError')
    expect(await tracker.size()).to.deep.equal({ nodes: 0, titles: 0, segments: 0, bytes: 0 })
    expect(await told(announce, { peer })).to.equal('nothing')
    expect(await told(announce, { peer })).to.equal('RecordRefusedError sequence')
    await tracker.submit('leave', await signer.leave(), { peer })
    expect(await told(announce, { peer })).to.equal('RecordRefusedError sequence')
    expect(await peersOf(tracker)).to.deep.equal([])
  })

  it('refuses addresses the node does not speak from', async () => {
    const { tracker, clock } = setUp()
    const { signer } = await testNode(1, { addresses: [multiaddr('/ip4/8.8.8.8/tcp/80')] }, clock)
    expect(
      await refusal(tracker.submit('announce', await signer.announce(titles), { ip: '9.9.9.9' }))
    )
      .to.equal('RecordRefusedError address')
    expect(await peersOf(tracker)).to.deep.equal([])
  })

  it('lists edges and origins, endorsed ones only where the network has an operator', async () => {
    const operator = await testKey(9)
    const { tracker, clock } = setUp({ operatorKey: operator.publicKey })
    const edge = { role: 'edge' as const, http: 'http://8.8.8.8:80' }
    const { signer, peer, description } = await testNode(1, edge, clock)
    const beat = async () => await tracker.submit(
      'heartbeat', await signer.heartbeat(), { ip: '127.0.0.1' }
    )
    expect(await refusal(beat())).to.equal('RecordRefusedError endorsement')
    expect(await tracker.httpSources({})).to.deep.equal([])
    description.endorsement = await endorse({ network: NETWORK, peer, ...edge }, operator)
    await beat()
    expect(
      (await tracker.httpSources({})).map(({ record }) => record.http)
    ).to.deep.equal(['http://8.8.8.8:80'])
  })

  it('takes an endorsed edge at the address its operator vouched for', async () => {
    const operator = await testKey(9)
    const edge = { role: 'edge' as const, http: 'http://8.8.8.8:80' }
    const open = setUp()
    const stranger = await testNode(1, edge, open.clock)
    const beat = async (tracker: BootstrapTracker, envelope: Uint8Array) =>
      await refusal(tracker.submit('heartbeat', envelope, { ip: '9.9.9.9' }))
    expect(
      await beat(open.tracker, await stranger.signer.heartbeat())
    ).to.equal('RecordRefusedError address')
    const closed = setUp({ operatorKey: operator.publicKey })
    const endorsement = await endorse({ network: NETWORK, peer: stranger.peer, ...edge }, operator)
    const known = await testNode(1, { ...edge, endorsement }, closed.clock)
    expect(await beat(closed.tracker, await known.signer.heartbeat())).to.equal('nothing')
  })

  it('learns segments from origins only', async () => {
    const { tracker, clock } = setUp()
    const segments = [blockNamed('s')]
    const peer = await testNode(1, {}, clock)
    await tracker.submit(
      'announce', await peer.signer.announce([{ content, renditions, segments }]), {}
    )
    expect(await tracker.resolve(blockNamed('s'))).to.equal(undefined)
    const origin = await testNode(2, { role: 'origin' }, clock)
    await tracker.submit(
      'announce', await origin.signer.announce([{ content, renditions, segments }]), {}
    )
    expect((await tracker.resolve(blockNamed('s')))?.equals(content)).to.equal(true)
  })

  it('sorts by what it knows of the asker, and leaves the asker out', async () => {
    const { tracker, clock } = setUp()
    const rtts = (rttMs: number) => [{ peer: 'landmark', rttMs }]
    const asker = await testNode(1, { region: 'us', rtts: rtts(10) }, clock)
    const far = await testNode(2, { region: 'us', rtts: rtts(90) }, clock)
    const near = await testNode(3, { region: 'us', rtts: rtts(12) }, clock)
    const abroad = await testNode(4, { region: 'eu', rtts: rtts(10) }, clock)
    for (const { signer } of [asker, far, near, abroad]) {
      await tracker.submit('announce', await signer.announce(titles), {})
    }
    const found = await tracker.lookup(content, { peer: asker.peer })
    expect(found.map(({ record, rttMs }) => [`${record.peer}`, rttMs])).to.deep.equal([
      [`${near.peer}`, 2], [`${far.peer}`, 80], [`${abroad.peer}`, 0]
    ])
  })

  it('keeps an answer within one message, and the origin in it', async () => {
    const { tracker, clock } = setUp({}, {})
    const addresses = Array.from({ length: 16 }, (_, i) => multiaddr(
      `/dns4/${'x'.repeat(60)}.${'y'.repeat(60)}.${'z'.repeat(60)}.${'w'.repeat(60)}/tcp/${i + 1}`
    ))
    for (let seed = 1; seed <= 64; seed++) {
      const { signer } = await testNode(
        seed, { role: seed === 64 ? 'origin' : 'edge', addresses }, clock
      )
      await tracker.submit('announce', await signer.announce(titles), {})
    }
    const providers = await tracker.lookup(content, {})
    expect(providers.length).to.be.within(40, 63)
    expect(providers.at(-1)!.record.role).to.equal('origin')
    expect(encodeAnswer({ type: 'providers', providers }).byteLength).to.be.at.most(256 * 1024)
  })

  it('bounds a flood, by address before anything is read, and by node', async () => {
    const { tracker, clock, time } = setUp(
      { addressRate: { perSecond: 1, burst: 3 }, nodeRate: { perSecond: 1, burst: 2 } }
    )
    const { signer } = await testNode(1, {}, clock)
    const admitted = []
    for (let i = 0; i < 5; i++) {
      admitted.push(
        await refusal(Promise.resolve().then(() => { tracker.admit({ ip: '1.1.1.1' }) }))
      )
    }
    expect(admitted).to.deep.equal(
      ['nothing', 'nothing', 'nothing', 'RateLimitedError', 'RateLimitedError']
    )
    const beats = []
    for (let i = 0; i < 3; i++) {
      beats.push(
        await refusal(tracker.submit('heartbeat', await signer.heartbeat(), { ip: `1.1.1.${i}` }))
      )
    }
    expect(beats).to.deep.equal(['nothing', 'nothing', 'RateLimitedError'])
    time.nowMs += 1_000
    expect(
      await refusal(tracker.submit('heartbeat', await signer.heartbeat(), {}))
    ).to.equal('nothing')
  })

  it('takes nothing of a flood of forgeries, replays and oversized announces', async () => {
    const { tracker, clock } = setUp({ nodeRate: { perSecond: 1e9, burst: 1e9 } })
    const { signer } = await testNode(1, {}, clock)
    const announce = await signer.announce(titles)
    await tracker.submit('announce', announce, {})
    const before = await tracker.size()
    const told = new Set<string>()
    for (let i = 0; i < 90; i++) {
      const forged = Uint8Array.from(announce)
      forged[(i * 37) % forged.length]! ^= 1 + i % 255
      const flood = [forged, announce, new Uint8Array(64 * 1024 + 1 + i)]
      told.add(await refusal(tracker.submit('announce', flood[i % 3]!, { ip: `1.1.${i}.1` })))
    }
    expect([...told].sort()).to.deep.equal([
      'InvalidMessageError', 'RecordRefusedError sequence', 'RecordRefusedError signature',
      'RecordRefusedError too-large'
    ])
    expect(await tracker.size()).to.deep.equal(before)
  })

  it('stays within its bounds under a flood of nodes', async () => {
    const { tracker, clock } = setUp({}, { maxNodes: 10, maxBytes: 1_000_000 })
    const refused = []
    for (let seed = 1; seed <= 40; seed++) {
      const { signer } = await testNode(seed, {}, clock)
      refused.push(await refusal(tracker.submit('announce', await signer.announce(titles), {})))
    }
    expect(refused.filter(name => name === 'TrackerFullError')).to.have.length(30)
    expect((await tracker.size()).nodes).to.equal(10)
  })
})
