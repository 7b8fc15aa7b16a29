import { expect } from 'chai'
import type { Daemon } from '../../../testnet/daemon.ts'
import { churn, type Departure, departures } from '../../../testnet/faults/churn.ts'
import type { Struck } from '../../../testnet/faults/index.ts'
import { FakeNetwork } from './fake-network.ts'

const PEERS = new FakeNetwork(20).all().filter(({ role }) => role === 'peer')
const SPEC = { kind: 'churn', sharePerMinute: 0.5, downMs: 10_000, seed: 4 } as const

function first (count: number, spec: Parameters<typeof departures>[1] = SPEC): Departure[] {
  const plan = departures(PEERS, spec)
  return Array.from({ length: count }, () => plan.next().value as Departure)
}

describe('testnet/faults/churn', () => {
  it('has so many leave a minute', () => {
    const leaving = first(2000).filter(({ leaves }) => leaves)
    const minutes = leaving.at(-1)!.atMs / 60_000
    expect(leaving.length / minutes).to.be.within(9, 11)
  })

  it('goes in the order of time, and has nobody leave who is away', () => {
    const away = new Map<Daemon, number>()
    let lastMs = 0
    for (const { atMs, leaves, daemon } of first(500, { ...SPEC, sharePerMinute: 5 })) {
      expect(atMs).to.be.at.least(lastMs)
      lastMs = atMs
      expect(away.has(daemon)).to.equal(!leaves)
      if (!leaves) expect(atMs - away.get(daemon)!).to.be.closeTo(10_000, 0.001)
      leaves ? away.set(daemon, atMs) : away.delete(daemon)
    }
  })

  it('is decided by the seed alone', () => {
    const plan = (seed: number): string =>
      first(50, { ...SPEC, seed }).map(({ atMs, daemon }) => `${daemon.name}@${atMs}`).join()
    expect(plan(1)).to.equal(plan(1))
    expect(plan(1)).not.to.equal(plan(2))
  })

  it('tells of each who leaves and comes back, and has all back when it ends', async () => {
    const network = new FakeNetwork(4)
    const told: Struck[] = []
    const enough = Promise.withResolvers<void>()
    const fault = churn({ kind: 'churn', sharePerMinute: 3000, downMs: 3, seed: 1 })
    await fault.strike(network, {
      onAct: struck => { if (told.push(struck) === 6) enough.resolve() }
    })
    await enough.promise
    await fault.heal(network)
    expect(told[0]).to.include({ kind: 'kill' })
    const count = (kind: string): number => told.filter(act => act.kind === kind).length
    expect(count('restart')).to.equal(count('kill'))
    expect(network.all().every(({ isRunning }) => isRunning)).to.equal(true)
  })
})
