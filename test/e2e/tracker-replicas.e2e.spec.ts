import { delegatedRoutingV1HttpApiClient } from '@helia/delegated-routing-v1-http-api-client'
import { peerIdFromCID, peerIdFromString } from '@libp2p/peer-id'
import { expect } from 'chai'
import { CID } from 'multiformats/cid'
import { componentLogger } from '../../daemon/log.ts'
import type { SongDetail } from '../../protocols/control/index.ts'
import type { DaemonProcess } from '../../testnet/daemon-process.ts'
import { RedisServer } from '../bootstrap/redis-server.ts'
import { makeTone } from '../origin/media-files.ts'
import {
  addressesOf, contentOf, gatewayOf, get, getJson, logOf, NetworkRig, type Published, servedTitle,
  until
} from './network-rig.ts'

/** A heartbeat is due every 30 s, give or take a tenth. */
const HEARTBEAT_MS = 36_000

describe('e2e/tracker-replicas', function () {
  this.timeout(90_000)
  let redis: RedisServer
  let rig: NetworkRig
  let first: DaemonProcess
  let second: DaemonProcess
  let origin: DaemonProcess
  let edge: DaemonProcess
  let early: DaemonProcess
  let late: DaemonProcess
  let title: Published
  let published: Record<string, string>

  before(async () => {
    redis = await RedisServer.start()
    rig = await NetworkRig.open({ dht: { enabled: 'off' } })
    const tracker = { redis: redis.url }
    first = await rig.start('bootstrap', 'first', { tracker })
    second = await rig.start('bootstrap', 'second', { tracker })
    // Each node knows one of the replicas, and finds those who know the other.
    const [toFirst, toSecond] = [first, second].map(one => ({ bootstrap: addressesOf(one) }))
    origin = await rig.start('origin', 'origin', toFirst)
    edge = await rig.start('edge', 'edge', toSecond)
    const path = await makeTone(rig.folder, 'tone.flac', 16)
    title = await rig.publish(origin, { path, segment: '2s' })
    published = contentOf(await servedTitle(origin, title))
    ;[early, late] = await Promise.all([
      rig.start('peer', 'early', toFirst), rig.start('peer', 'late', toSecond)
    ])
    await until(async () => {
      const known = await Promise.all([early, late].map(peer => rig.status(peer)))
      return known.every(({ httpSources }) => httpSources.length === 2)
    }, 'both peers to know edge and origin')
  })
  after(async () => {
    await rig.close()
    await redis.stop()
  })

  const providersAt = async (tracker: DaemonProcess): Promise<string[]> => {
    const answer = await get(`${gatewayOf(tracker)}/providers/${title.id}`)
    if (!answer.ok) return []
    const { providers } = await answer.json() as { providers: Array<{ peer: string }> }
    return providers.map(({ peer }) => peer)
  }
  const provides = async (daemon: DaemonProcess): Promise<boolean> => {
    const found = await Promise.all([first, second].map(providersAt))
    return found.every(peers => peers.includes(daemon.ready.peer!))
  }

  it('are one tracker: what a node tells one of them, both answer', async () => {
    expect(contentOf(await servedTitle(early, title))).to.deep.equal(published)
    for (const daemon of [origin, early]) {
      await until(async () => await provides(daemon), `${daemon.name} at both replicas`)
    }
    const [one, two] = await Promise.all([first, second].map(async tracker =>
      await getJson<{ nodes: number, titles: number }>(`${gatewayOf(tracker)}/healthz`)))
    // The second replica is a node of the first.
    expect([one!.nodes, one!.titles]).to.deep.equal([5, 1])
    expect([two!.nodes, two!.titles]).to.deep.equal([5, 1])
  })

  it('tell an IPFS client who has a title, and who has that of a segment', async () => {
    const logger = componentLogger({ level: 'silent', json: true })
    const client = delegatedRoutingV1HttpApiClient({ url: gatewayOf(second) })({ logger })
    const song = await getJson<SongDetail>(`${gatewayOf(origin)}/songs/${title.id}`)
    for (const cid of [title.id, song.segments['128k']![3]!.cid]) {
      const found = new Map<string, string[]>()
      for await (const { ID, Addrs } of client.getProviders(CID.parse(cid))) {
        found.set(`${peerIdFromCID(ID)}`, Addrs.map(String))
      }
      expect([...found.keys()], cid).to.include.members([origin, early].map(one => one.ready.peer))
      expect(found.get(origin.ready.peer!)).to.deep.equal(addressesOf(origin))
    }
    const { peer } = early.ready
    const [known] = await Array.fromAsync(client.getPeers(peerIdFromString(peer!).toCID()))
    expect(known?.Addrs.map(String)).to.deep.equal(addressesOf(early))
    await client.stop()
  })

  it('say that their store is gone, and come back with it', async () => {
    await redis.stop()
    await until(async () => (await get(`${gatewayOf(first)}/healthz`)).status === 503, 'a 503')
    const lookup = await get(`${gatewayOf(second)}/providers/${title.id}`)
    expect([lookup.status, (await lookup.json()).error, lookup.headers.get('retry-after')])
      .to.deep.equal([503, 'TrackerUnavailableError', '1'])
    expect((await logOf(second)).match(/redis at 127\.0\.0\.1:\d+ is of no use/g))
      .to.have.length(1)
  })

  it('may be gone altogether, and nobody misses a segment', async () => {
    await Promise.all([first, second].map(one => one.kill()))
    expect(contentOf(await servedTitle(late, title))).to.deep.equal(published)
    expect(contentOf(await servedTitle(early, title))).to.deep.equal(published)
  })

  it('are whole again within one heartbeat of their return without memory', async () => {
    await redis.start()
    await Promise.all([first, second].map(one => rig.restart(one)))
    for (const daemon of [origin, early, late]) {
      await until(async () => await provides(daemon), `${daemon.name} announced`, HEARTBEAT_MS)
    }
    // The edge holds nothing: it tells of itself by its next heartbeat.
    const sources = async () =>
      (await getJson<{ providers: object[] }>(`${gatewayOf(first)}/sources`)).providers.length
    await until(async () => await sources() === 2, 'both servers', HEARTBEAT_MS)
    expect(contentOf(await servedTitle(edge, title))).to.deep.equal(published)
  })
})
