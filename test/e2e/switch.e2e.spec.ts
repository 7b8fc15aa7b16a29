import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { expect } from 'chai'
import type { SongDetail } from '../../protocols/control/index.ts'
import type { DaemonProcess } from '../../testnet/daemon-process.ts'
import { type Play, play } from '../../testnet/player.ts'
import { runFfmpeg } from '../origin/media-files.ts'
import {
  contentOf, gatewayOf, get, getJson, NetworkRig, type Published, servedTitle, until
} from './network-rig.ts'

const EARLY = 2
const LATE = 4
const SECONDS = 20
const SPEED = 2

/** What a listener may miss on a machine that has other things to do. */
const HICCUP_MS = 250

interface Crowd { stalledMs: number, fromPeers: number, fromEdge: number, fromOrigin: number }

describe('e2e/switch', function () {
  this.timeout(180_000)
  let rig: NetworkRig
  let origin: DaemonProcess
  let edge: DaemonProcess
  let peers: DaemonProcess[]
  let seed = 0

  before(async () => {
    rig = await NetworkRig.open({ dht: { enabled: 'off' } })
    await rig.start('bootstrap')
    origin = await rig.start('origin')
    edge = await rig.start('edge', 'edge', { switch: { floor: 2, ceiling: 2 } })
    peers = await Promise.all(Array.from({ length: EARLY + LATE }, (_, i) =>
      rig.start('peer', `peer-${i}`, { retrieval: { policy: 'server-first' } })))
    await untilEdgeIsKnown()
  })
  after(async () => { await rig.close() })

  async function untilEdgeIsKnown (): Promise<void> {
    for (const peer of peers) {
      await until(async () =>
        (await rig.status(peer)).httpSources.some(({ role }) => role === 'edge'),
      `${peer.name} to know the edge`)
    }
  }

  /** A new title that the edge has, and the hashes of its files. */
  async function publish (name: string): Promise<{ id: string, expected: Map<string, string> }> {
    const path = join(rig.folder, `${name}.wav`)
    // Every title with sounds of its own, or blocks of one would be held as another's.
    await runFfmpeg('-f', 'lavfi', '-i', `anoisesrc=seed=${++seed}:duration=${SECONDS}`, path)
    const title = await rig.publish(origin, { path, title: name, segment: '2s' })
    const atOrigin = contentOf(await servedTitle(origin, title))
    expect(contentOf(await servedTitle(edge, title))).to.deep.equal(atOrigin)
    return { id: title.id, expected: await hashesOf(title) }
  }

  async function hashesOf ({ id }: Published): Promise<Map<string, string>> {
    const base = `${gatewayOf(origin)}/hls/${id}/128k`
    const song = await getJson<SongDetail>(`${gatewayOf(origin)}/songs/${id}`)
    const names = ['init.mp4', ...song.segments['128k']!.map((_, n) => `${n}.m4s`)]
    return new Map(await Promise.all(names.map(async name => {
      const bytes = await (await get(`${base}/${name}`)).bytes()
      return [name, createHash('sha256').update(bytes).digest('hex')] as const
    })))
  }

  type Title = Awaited<ReturnType<typeof publish>>

  async function playOn (daemons: DaemonProcess[], { id, expected }: Title): Promise<Play[]> {
    const plays = await Promise.all(daemons.map(async daemon => await play({
      gateway: gatewayOf(daemon), content: id, rendition: '128k', expected, speed: SPEED
    })))
    for (const { missing, bytes, verifiedBytes, files } of plays) {
      expect({ missing, wrong: bytes - verifiedBytes, files })
        .to.deep.equal({ missing: 0, wrong: 0, files: [...expected.keys()] })
    }
    return plays
  }

  /** Some have heard it when a crowd comes. */
  async function crowdOn (title: Title): Promise<Crowd> {
    const [early, late] = [peers.slice(0, EARLY), peers.slice(EARLY)]
    await playOn(early, title)
    for (const peer of early) await rig.untilProvides(peer, title.id)
    const delivered = async (kind: 'peer' | 'edge' | 'origin'): Promise<number> => {
      const all = await Promise.all(late.map(peer => rig.status(peer)))
      return all.reduce((sum, { delivered }) => sum + delivered[kind], 0)
    }
    const kinds = ['peer', 'edge', 'origin'] as const
    const before = await Promise.all(kinds.map(delivered))
    const plays = await playOn(late, title)
    const after = await Promise.all(kinds.map(delivered))
    const [fromPeers, fromEdge, fromOrigin] = after.map((bytes, i) => bytes - before[i]!)
    const stalledMs = plays.reduce((sum, play) => sum + play.stalledMs, 0)
    return { stalledMs, fromPeers: fromPeers!, fromEdge: fromEdge!, fromOrigin: fromOrigin! }
  }

  const switched = async () => (await rig.status(edge)).switch

  it('a busy edge sends a crowd to those who have it, and nobody stalls', async () => {
    const { stalledMs, fromPeers } = await crowdOn(await publish('busy'))
    const { limit, refused } = (await switched())!
    expect(limit).to.equal(2)
    expect(refused.full + refused.common).to.be.greaterThan(0)
    expect(fromPeers).to.be.greaterThan(0)
    expect(stalledMs).to.be.lessThan(LATE * HICCUP_MS)
  })

  it('serves a plain player whatever the crowd wants', async () => {
    const title = await publish('flood')
    let isOver = false
    const crowd = crowdOn(title).finally(() => { isOver = true })
    const url = `${gatewayOf(edge)}/hls/${title.id}/128k/0.m4s`
    const answers = new Set<number>()
    while (!isOver) {
      const answer = await get(url)
      answers.add(answer.status)
      await answer.bytes()
    }
    await crowd
    expect([...answers]).to.deep.equal([200])
  })

  it('names peers that can be dialled, and a time', async () => {
    const title = await publish('named')
    const crowd = crowdOn(title)
    const song = await getJson<SongDetail>(`${gatewayOf(origin)}/songs/${title.id}`)
    const { cid } = song.segments['128k']![0]!
    const url = `${gatewayOf(edge)}/blocks/${cid}?content=${title.id}`
    const ask = async (): Promise<[Response, Uint8Array]> => {
      const answer = await get(url, { headers: { 'cdnd-client': 'test' } })
      return [answer, await answer.bytes()]
    }
    await until(async () => {
      const answers = await Promise.all(Array.from({ length: 20 }, ask))
      const [busy, body] = answers.find(([{ status }]) => status === 503) ?? []
      if (busy == null) return false
      expect(Number(busy.headers.get('retry-after'))).to.be.within(1, 2)
      const { error, blocks, providers } = JSON.parse(new TextDecoder().decode(body))
      expect({ error, blocks }).to.deep.equal({ error: 'busy', blocks: [cid] })
      expect(providers).not.to.have.length(0)
      const names = peers.map(({ ready }) => ready.peer)
      for (const address of providers) {
        expect(names).to.include(/^\/ip4\/127\.0\.0\.1\/tcp\/\d+\/p2p\/(\w+)$/.exec(address)?.[1])
      }
      return true
    }, 'the edge to be busy', 60_000)
    await crowd
  })

  it('sends more where its switch is off', async () => {
    const gated = await crowdOn(await publish('gated'))
    await edge.stop()
    await rig.restart(edge, { switch: { enabled: 'off' } })
    await untilEdgeIsKnown()
    const open = await crowdOn(await publish('open'))
    expect(await switched()).to.equal(undefined)
    expect(gated.fromEdge).to.be.lessThan(open.fromEdge * 0.8)
    expect(gated.fromEdge + gated.fromOrigin).to.be.lessThan(open.fromEdge + open.fromOrigin)
  })
})
