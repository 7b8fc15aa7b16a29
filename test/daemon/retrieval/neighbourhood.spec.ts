import { expect } from 'chai'
import { defaultLogger } from '@libp2p/logger'
import { Neighbourhood, type NeighbourhoodInit } from '../../../daemon/retrieval/index.ts'
import { PenaltyBook } from '../../../daemon/routing/index.ts'
import { EXCHANGE_PROTOCOL } from '../../../protocols/exchange/index.ts'
import type { Role } from '../../../protocols/exchange/index.ts'
import { FakeExchange, FakeNeighbour, somePeer } from './fake-exchange.ts'
import { FakeTime, settle } from './fake-time.ts'

describe('daemon/retrieval/neighbourhood', () => {
  /** A node connected to so many peers, some of which speak exchange. */
  async function node (
    connected: number, init: NeighbourhoodInit = {}, role: Role = 'peer',
    rttTo: (number: number) => number | undefined = () => undefined
  ) {
    const time = new FakeTime()
    const events = new EventTarget()
    const exchange = new FakeExchange()
    const spoken = new Map<string, string[]>()
    const peers = await Promise.all(Array.from({ length: connected }, (_, n) => somePeer(n + 1)))
    for (const peer of peers) {
      const rttMs = rttTo(peers.indexOf(peer))
      const neighbour = Object.assign(new FakeNeighbour(peer, role), rttMs != null && { rttMs })
      exchange.reachable.set(peer.toString(), neighbour)
      spoken.set(peer.toString(), [EXCHANGE_PROTOCOL])
    }
    let known = true
    const knows = (isKnown: boolean) => { known = isKnown }
    const penalties = new PenaltyBook({ clock: time.clock })
    let looked = 0
    let lookedAtAll = 0
    const host = {
      getPeers: () => {
        lookedAtAll++
        return peers
      },
      addEventListener: events.addEventListener.bind(events),
      removeEventListener: events.removeEventListener.bind(events),
      peerStore: {
        get: async (peer: { toString (): string }) => {
          const protocols = spoken.get(peer.toString())
          if (protocols == null) throw new Error('not found')
          return { protocols }
        }
      }
    } as unknown as ConstructorParameters<typeof Neighbourhood>[0]['host']
    const neighbourhood = new Neighbourhood({
      host,
      exchange,
      penalties,
      routes: {
        estimate: id => {
          const rttMs = known ? rttTo(peers.findIndex(peer => peer.toString() === id)) : undefined
          return rttMs == null ? undefined : { rttMs, basis: 'coordinates' }
        }
      },
      ...time,
      lookAround: async () => { looked++ },
      random: Math.random,
      log: defaultLogger().forComponent('test')
    }, init)
    neighbourhood.start()
    await settle()
    const looks = (): number => looked
    const looksAtAll = (): number => lookedAtAll
    const identified = () => { events.dispatchEvent(new Event('peer:identify')) }
    const distances = () => [...exchange.here.values()].map(({ rttMs }) => rttMs!)
    return {
      time, exchange, penalties, spoken, peers, neighbourhood, identified, knows, distances, looks,
      looksAtAll
    }
  }

  it('has as many neighbours as it should, of the peers there are', async () => {
    const { exchange, neighbourhood } = await node(20, { neighbours: 5 })
    expect(exchange.here.size).to.equal(5)
    await neighbourhood.stop()
    const few = await node(3, { neighbours: 5 })
    expect(few.exchange.here.size).to.equal(3)
    await few.neighbourhood.stop()
  })

  it('looks around where there are too few, and more and more rarely', async () => {
    const { time, looks, neighbourhood } = await node(3, { neighbours: 5 })
    await time.advance(50_000)
    expect(looks()).to.equal(0)
    await time.advance(70_000)
    expect(looks()).to.equal(1)
    await time.advance(600_000)
    expect(looks()).to.be.within(3, 4)
    await neighbourhood.stop()
    const enough = await node(5, { neighbours: 5 })
    await enough.time.advance(200_000)
    expect(enough.looks()).to.equal(0)
    await enough.neighbourhood.stop()
  })

  it('takes mostly near ones, and the farthest', async () => {
    const { distances, neighbourhood } = await node(40, { neighbours: 8 }, 'peer', n => n + 1)
    expect(distances()).to.have.length(8)
    expect(distances().filter(rttMs => rttMs <= 7)).to.have.length.within(5, 7)
    expect(distances()).to.include(40)
    await neighbourhood.stop()
  })

  it('adds near ones once it learns of them, and keeps to twice as many', async () => {
    const far = (n: number) => n < 30 ? 200 : 10
    const { time, distances, knows, neighbourhood, exchange } =
      await node(60, { neighbours: 4 }, 'peer', far)
    await neighbourhood.stop()
    exchange.here.clear()
    knows(false)
    for (const [id, neighbour] of [...exchange.reachable].slice(0, 4)) {
      exchange.here.set(id, neighbour)
    }
    neighbourhood.start()
    await time.advance(10_000)
    expect(distances()).to.deep.equal([200, 200, 200, 200])
    knows(true)
    await time.advance(30_000)
    expect(distances().filter(rttMs => rttMs === 10)).to.have.length(3)
    await time.advance(60_000)
    expect(distances()).to.have.length(7)
    await neighbourhood.stop()
  })

  it('adds none where all are near, whatever a millisecond more or less says', async () => {
    const { time, distances, neighbourhood, exchange } =
      await node(60, { neighbours: 4 }, 'peer', n => n < 30 ? 4 : 1)
    await neighbourhood.stop()
    exchange.here.clear()
    for (const [id, neighbour] of [...exchange.reachable].slice(0, 4)) {
      exchange.here.set(id, neighbour)
    }
    neighbourhood.start()
    await time.advance(60_000)
    expect(distances()).to.deep.equal([4, 4, 4, 4])
    await neighbourhood.stop()
  })

  it('takes another in the place of one that left', async () => {
    const { time, exchange, neighbourhood } = await node(9, { neighbours: 5 })
    const [gone] = exchange.here.keys()
    exchange.here.delete(gone!)
    await time.advance(10_000)
    expect(exchange.here.size).to.equal(5)
    await neighbourhood.stop()
    expect(time.pending).to.equal(0)
  })

  it('does not run after one that leaves whenever it is met', async () => {
    const { time, exchange, neighbourhood } = await node(1, { neighbours: 5 })
    const leave = (): void => {
      exchange.here.clear()
      exchange.events.dispatchEvent(new Event('close'))
    }
    exchange.events.addEventListener('open', () => { time.timer(1, leave) })
    leave()
    await time.advance(60_000)
    expect(exchange.dialled.length).to.be.within(8, 20)
    await neighbourhood.stop()
  })

  it('reckons rarely with all that it is connected to, once it has enough', async () => {
    const { time, looksAtAll, neighbourhood } = await node(9, { neighbours: 5 })
    const before = looksAtAll()
    await time.advance(200_000)
    expect(looksAtAll() - before).to.be.within(7, 11)
    await neighbourhood.stop()
  })

  it('asks only those who speak exchange, as soon as they said so', async () => {
    const { exchange, spoken, peers, neighbourhood, identified } = await node(1)
    exchange.here.clear()
    spoken.set(peers[0]!.toString(), ['/other'])
    identified()
    await settle()
    expect(exchange.here.size).to.equal(0)
    spoken.set(peers[0]!.toString(), [EXCHANGE_PROTOCOL])
    identified()
    await settle()
    expect(exchange.here.size).to.equal(1)
    await neighbourhood.stop()
  })

  it('leaves those in peace who could not be met, or are not known', async () => {
    const { exchange, spoken, peers, penalties, neighbourhood, identified } = await node(2)
    const [first, second] = peers.map(String)
    exchange.here.clear()
    exchange.reachable.delete(first!)
    spoken.delete(second!)
    identified()
    await settle()
    expect([penalties.isBlocked(first!), exchange.here.size]).to.deep.equal([true, 0])
    const dialled = exchange.dialled.length
    identified()
    await settle()
    expect(exchange.dialled).to.have.length(dialled)
    await neighbourhood.stop()
  })

  it('asks nobody where it is to have none', async () => {
    const { exchange, neighbourhood } = await node(2, { neighbours: 0 })
    expect(exchange.dialled).to.deep.equal([])
    await neighbourhood.stop()
  })

  it('does not take one met through a relay for a neighbour, until it is reached', async () => {
    const { exchange, neighbourhood, identified } = await node(3, { neighbours: 2 })
    const [relayed] = [...exchange.here.values()] as FakeNeighbour[]
    relayed!.isLimited = true
    identified()
    await settle()
    expect(exchange.here.size).to.equal(3)
    await neighbourhood.stop()
  })

  it('does not take a bootstrap for a neighbour that has something', async () => {
    const { exchange, neighbourhood } = await node(9, { neighbours: 2 }, 'bootstrap')
    expect(exchange.here.size).to.equal(9)
    await neighbourhood.stop()
  })
})
