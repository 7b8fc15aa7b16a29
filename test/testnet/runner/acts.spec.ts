import { expect } from 'chai'
import type { Daemon } from '../../../testnet/daemon.ts'
import type { FaultyNetwork } from '../../../testnet/faults/index.ts'
import { Acts } from '../../../testnet/runner/acts.ts'
import { DecisionLog } from '../../../testnet/runner/decision-log.ts'
import type { Act } from '../../../testnet/scenario.ts'

/** Peers that say what is done to them. */
function networkOf (names: string[]): { network: FaultyNetwork, done: string[] } {
  const done: string[] = []
  const daemons = names.map(name => {
    const daemon = {
      name,
      role: 'peer',
      region: 'eu',
      isRunning: true,
      kill: async () => {
        done.push(`kill ${name}`)
        daemon.isRunning = false
      }
    }
    return daemon
  }) as unknown as Array<Daemon & { isRunning: boolean }>
  const network: FaultyNetwork = {
    all: () => daemons,
    restart: async ({ name }) => { done.push(`restart ${name}`) },
    divide: async sides => { done.push(`divide ${sides.length}`) },
    rewire: async ({ name }) => { done.push(`rewire ${name}`) },
    conduct: async ({ name }, { misdeed }) => { done.push(`${misdeed} ${name}`) }
  }
  return { network, done }
}

describe('testnet/runner/acts', () => {
  async function acted (acts: Act[]) {
    const { network, done } = networkOf(['a', 'b'])
    const decisions = new DecisionLog()
    const told: string[] = []
    const made = new Acts(acts, { network, decisions, onAct: ({ kind }) => { told.push(kind) } })
    const { signal } = new AbortController()
    await made.prepare(signal)
    const before = [...done]
    await made.run(performance.now(), 1000, signal)
    return { done, before, told, recorded: made.done, decisions: decisions.lines() }
  }

  it('has faults strike and heal at their times, and writes down what was done', async () => {
    const { done, told, recorded, decisions } = await acted([
      { at: 10, healsAt: 20, fault: { kind: 'kill', who: ['a'] } },
      { at: 1, fault: { kind: 'free-rider', who: ['b'] } }
    ])
    expect(done).to.deep.equal(['free-rider b', 'kill a', 'restart a'])
    expect(told).to.deep.equal(['free-rider', 'kill', 'restart'])
    expect(recorded.map(({ kind, nodes }) => [kind, nodes])).to.deep.equal([
      ['free-rider', ['b']], ['kill', ['a']], ['restart', ['a']]
    ])
    expect(recorded[1]!.atMs).to.be.within(8, 200)
    expect(decisions).to.have.length(3)
  })

  it('has those without a time strike before the network starts', async () => {
    const { before, recorded } = await acted([{ fault: { kind: 'busy', who: ['a'] } }])
    expect(before).to.deep.equal(['busy a'])
    expect(recorded.map(({ atMs }) => atMs)).to.deep.equal([0])
  })

  it('does nothing more once the day has ended', async () => {
    const { network, done } = networkOf(['a'])
    const acts = new Acts([{ at: 60, fault: { kind: 'kill', who: ['a'] } }], {
      network, decisions: new DecisionLog(), onAct () {}
    })
    const day = new AbortController()
    const running = acts.run(performance.now(), 1, day.signal)
    day.abort()
    await running
    expect(done).to.deep.equal([])
  })

  it('rejects with what keeps a fault from striking', async () => {
    const err = await acted([{ at: 0, fault: { kind: 'kill', who: ['nobody'] } }])
      .catch((err: Error) => err)
    expect((err as Error).message).to.contain('there is no nobody')
  })
})
