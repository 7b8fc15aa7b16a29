import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import type { PeerId } from '@libp2p/interface'
import { expect } from 'chai'
import {
  Acquaintances, MAX_ACQUAINTANCES, PATIENCE_MS, SOON_MS
} from '../../daemon/acquaintances.ts'
import type { Neighbour, Role } from '../../protocols/exchange/index.ts'
import { FakeExchange, FakeNeighbour, somePeer } from './retrieval/fake-exchange.ts'
import { FakeTime } from './retrieval/fake-time.ts'
import { spokenLog } from './spoken-log.ts'

const peers = await Promise.all(Array.from({ length: 40 }, (_, n) => somePeer(n + 1)))
const addressOf = (peer: PeerId): string => `/ip4/10.0.0.1/tcp/1/p2p/${peer}`

describe('daemon/acquaintances', () => {
  let folder: string
  let path: string
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'cdnd-acquaintances-'))
    path = join(folder, 'acquaintances.json')
  })
  afterEach(async () => { await rm(folder, { recursive: true }) })

  /** A run of a node that is connected to `connected` from the start. */
  function run (connected: PeerId[] = []) {
    const time = new FakeTime()
    const { log, lines } = spokenLog()
    const exchange = new FakeExchange()
    const made = new Acquaintances({
      path,
      host: { getPeers: () => connected },
      exchange,
      addresses: { of: ({ peer, isLimited }: Neighbour) => isLimited ? [] : [addressOf(peer)] },
      timer: time.timer,
      log
    })
    const answers = (...some: PeerId[]): void => {
      for (const peer of some) exchange.reachable.set(peer.toString(), new FakeNeighbour(peer))
    }
    /** The file is read and written in real time: until that is over, and it pauses. */
    const rests = async (): Promise<void> => {
      while (time.pending === 0) await setImmediate()
    }
    const arrives = (peer: PeerId, role: Role = 'peer'): FakeNeighbour => {
      const neighbour = new FakeNeighbour(peer, role)
      exchange.arrive(neighbour)
      return neighbour
    }
    return { made, time, lines, exchange, answers, arrives, rests }
  }

  /** Has a run end with those as neighbours. */
  async function knew (...neighbours: Array<[PeerId, Role]>): Promise<void> {
    const { made, arrives } = run([peers[0]!])
    for (const [peer, role] of neighbours) arrives(peer, role)
    made.start()
    await made.stop()
  }

  it('meets whom it knew when nobody else is met in time, servers first', async () => {
    await knew([peers[1]!, 'origin'], ...peers.slice(2, 12).map(peer => [peer, 'peer'] as
      [PeerId, Role]))
    const { made, time, exchange, answers, lines, rests } = run()
    answers(peers[1]!, peers[11]!)
    made.start()
    await rests()
    await time.advance(PATIENCE_MS - 1)
    expect(exchange.dialled).to.deep.equal([])
    await time.advance(1)
    const latest = peers.slice(5, 12).toReversed()
    expect(exchange.dialled).to.deep.equal([peers[1]!, ...latest].map(String))
    expect(lines.at(-1)).to.match(/met 2 of those known from before$/)
    await made.stop()
  })

  it('leaves them alone where a bootstrap is met in time, or from the start', async () => {
    await knew([peers[1]!, 'peer'])
    const connected: PeerId[] = []
    const late = run(connected)
    late.made.start()
    await late.rests()
    await late.time.advance(PATIENCE_MS / 2)
    connected.push(peers[0]!)
    await late.time.advance(PATIENCE_MS)
    await late.rests()
    await late.made.stop()
    const met = run([peers[0]!])
    met.made.start()
    await met.rests()
    await met.made.stop()
    expect([...late.exchange.dialled, ...met.exchange.dialled]).to.deep.equal([])
  })

  it('meets them later too, when everybody is lost', async () => {
    const connected = [peers[0]!]
    const { made, time, exchange, arrives, rests } = run(connected)
    made.start()
    arrives(peers[1]!)
    await rests()
    connected.length = 0
    exchange.here.clear()
    await time.advance(SOON_MS + PATIENCE_MS)
    expect(exchange.dialled).to.deep.equal([peers[1]!.toString()])
    await made.stop()
  })

  it('remembers those that can be dialled, soon after the start, and no bootstrap', async () => {
    const { made, time, arrives, rests } = run([peers[0]!])
    made.start()
    await rests()
    arrives(peers[1]!, 'edge')
    arrives(peers[2]!, 'bootstrap')
    arrives(peers[3]!).isLimited = true
    await time.advance(SOON_MS)
    await rests()
    expect(JSON.parse(await readFile(path, 'utf8'))).to.deep.equal([
      { peer: peers[1]!.toString(), role: 'edge', addresses: [addressOf(peers[1]!)] }
    ])
    await made.stop()
  })

  it('keeps the latest of many, from one run to the next', async () => {
    await knew(...peers.slice(0, 30).map(peer => [peer, 'peer'] as [PeerId, Role]))
    await knew(...peers.slice(25, 40).map(peer => [peer, 'peer'] as [PeerId, Role]))
    const kept = JSON.parse(await readFile(path, 'utf8')) as Array<{ peer: string }>
    expect(kept.map(({ peer }) => peer))
      .to.deep.equal(peers.slice(40 - MAX_ACQUAINTANCES).map(String))
  })

  it('takes a damaged file for none, says so, and writes it anew', async () => {
    const damaged = [
      '{', '{}', JSON.stringify([{ peer: 'x', role: 'peer', addresses: ['/ip4/1.2.3.4/tcp/1'] }]),
      JSON.stringify([{ peer: peers[0]!.toString(), role: 'peer', addresses: ['nowhere'] }])
    ]
    for (const text of damaged) {
      await writeFile(path, text)
      const { made, exchange, arrives, lines, rests } = run()
      made.start()
      await rests()
      expect(exchange.dialled).to.deep.equal([])
      arrives(peers[1]!)
      await made.stop()
      expect(lines.join()).to.contain('acquaintances.json is damaged')
      expect(await readFile(path, 'utf8')).to.contain(peers[1]!.toString())
    }
  })
})
