import { expect } from 'chai'
import type { Daemon } from '../../../testnet/daemon.ts'
import { ProcessCosts } from '../../../testnet/runner/process-costs.ts'

describe('testnet/runner/process-costs', () => {
  const daemon = (name: string, pid: number | undefined) => ({ name, pid }) as Daemon
  const [one, other, gone] =
    [daemon('a', process.pid), daemon('b', process.pid), daemon('c', undefined)]

  it('shares what a process costs among those that are in it', () => {
    const costs = new ProcessCosts([one!, other!, gone!])
    const memory = costs.pssBytes()
    expect([...memory.keys()]).to.deep.equal([one, other])
    expect(memory.get(one!)! * 2).to.be.within(2 ** 24, 2 ** 32)
    expect(costs.cpuSeconds().get(other!)).to.be.greaterThan(0)
  })

  it('leaves out what was used before it began', () => {
    const costs = new ProcessCosts([one!])
    costs.begin()
    expect(costs.cpuSeconds().get(one!)!).to.be.lessThan(0.1)
    expect(costs.coresBusy()).to.be.within(0, 64)
  })
})
