/**
 * A peer broker among fake neighbours.
 * in: who the tracker names. out: the broker, its clock, how often it looked and what it logged.
 */

import type { Logger } from '@libp2p/interface'
import type { Provider, ProviderSource } from '../../../daemon/discovery/index.ts'
import {
  type BlockWant, PeerBroker, type PeerBrokerComponents, type PeerBrokerInit
} from '../../../daemon/retrieval/index.ts'
import { PenaltyBook } from '../../../daemon/routing/index.ts'
import type { Role } from '../../../protocols/exchange/index.ts'
import { FakeExchange, FakeNeighbour, somePeer } from './fake-exchange.ts'
import { FakeTime } from './fake-time.ts'
import { sampleBlock } from './fakes.ts'

export class PeerBrokerRig {
  readonly want: BlockWant
  readonly #self: FakeNeighbour
  readonly #stops: Array<() => Promise<void>> = []

  private constructor (want: BlockWant, self: FakeNeighbour) {
    this.want = want
    this.#self = self
  }

  static async open (): Promise<PeerBrokerRig> {
    const { cid: content } = await sampleBlock(9)
    const { cid } = await sampleBlock()
    const place = { content, rendition: '128k', number: 3 }
    return new PeerBrokerRig(
      { cid, size: 10, ...place, priority: 'playing', deadlineMs: 1_005_000 }, await neighbour(0)
    )
  }

  broker (
    found: Provider[] = [], init: PeerBrokerInit = {}, more: Partial<PeerBrokerComponents> = {}
  ) {
    const time = new FakeTime()
    const exchange = new FakeExchange()
    const penalties = new PenaltyBook({ clock: time.clock })
    let searches = 0
    const providers: Pick<ProviderSource, 'find'> = {
      async * find () {
        searches++
        yield * found
      }
    }
    const logged: string[] = []
    const note = (message: unknown) => { logged.push(String(message)) }
    const log: Logger = Object.assign(note, {
      enabled: true, error: note, trace: note, newScope: () => log
    })
    const peers = new PeerBroker({
      peerId: this.#self.peer,
      exchange,
      providers,
      penalties,
      clock: time.clock,
      timer: time.timer,
      random: () => 0.5,
      log,
      ...more
    }, init)
    peers.start()
    this.#stops.push(() => peers.stop())
    return { time, exchange, penalties, providers, peers, logged, searches: () => searches }
  }

  async close (): Promise<void> {
    await Promise.all(this.#stops.splice(0).map(stop => stop()))
  }
}

export async function neighbour (
  n: number, { role, ...facts }: Partial<FakeNeighbour> & { role?: Role } = {}
): Promise<FakeNeighbour> {
  return Object.assign(new FakeNeighbour(await somePeer(n), role), facts)
}
