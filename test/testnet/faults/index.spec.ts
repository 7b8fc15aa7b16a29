import { expect } from 'chai'
import { createFault, FAULT_KINDS, type FaultSpec } from '../../../testnet/faults/index.ts'
import { FakeNetwork } from './fake-network.ts'

const EVERY: FaultSpec[] = [
  { kind: 'kill', who: ['edge-1'] },
  { kind: 'churn', sharePerMinute: 0.2 },
  { kind: 'partition', regions: [['eu'], ['us', 'asia', 'south']] },
  { kind: 'slow-peer', who: { count: 2 } },
  { kind: 'slow-disk', who: { share: 0.1 } },
  { kind: 'clock-skew', who: ['peer-1'], skewMs: 60_000 },
  { kind: 'polluter', who: { count: 1 } },
  { kind: 'liar', who: { count: 1 } },
  { kind: 'free-rider', who: { share: 0.5 } },
  { kind: 'busy', who: ['peer-1', 'peer-2'] }
]

describe('testnet/faults', () => {
  it('has each fault by its name', () => {
    expect(EVERY.map(({ kind }) => kind)).to.deep.equal([...FAULT_KINDS])
    for (const spec of EVERY) expect(createFault(spec).kind).to.equal(spec.kind)
  })

  it('says of each what was done and to whom, and heals it', async () => {
    for (const spec of EVERY) {
      const network = new FakeNetwork(8)
      const fault = createFault(spec)
      const struck = await fault.strike(network)
      expect(struck.kind).to.equal(spec.kind)
      expect(struck.nodes, spec.kind).not.to.deep.equal([])
      expect(struck.text.length).to.be.above(10)
      const healed = await fault.heal(network)
      expect(healed.kind).to.be.oneOf(['heal', 'restart'])
      expect(network.all().every(({ isRunning }) => isRunning), spec.kind).to.equal(true)
    }
  })

  const doneBy = async (spec: FaultSpec, peers = 4): Promise<string[]> => {
    const network = new FakeNetwork(peers)
    const fault = createFault(spec)
    await fault.strike(network)
    await fault.heal(network)
    return network.done
  }

  it('kills and starts again', async () => {
    expect(await doneBy({ kind: 'kill', who: { role: 'origin' } }))
      .to.deep.equal(['kill origin', 'restart origin'])
  })

  it('starts again nobody who came back by other means', async () => {
    const network = new FakeNetwork(2)
    const fault = createFault({ kind: 'kill', who: ['peer-1'] })
    await fault.strike(network)
    await network.all()[0]!.start()
    expect((await fault.heal(network)).nodes).to.deep.equal([])
  })

  it('parts regions with all that is in them', async () => {
    expect(await doneBy({ kind: 'partition', regions: [['eu'], ['us', 'asia', 'south']] }))
      .to.deep.equal(['divide peer-1 edge-1 | peer-2 peer-3 peer-4 origin', 'divide '])
  })

  it('parts peers by shares, and leaves the servers to all', async () => {
    const [divided] = await doneBy({ kind: 'partition', shares: [1, 3] }, 8)
    const sides = divided!.replace('divide ', '').split(' | ').map(side => side.split(' '))
    expect(sides.map(({ length }) => length)).to.deep.equal([2, 6])
    expect(sides.flat().toSorted())
      .to.deep.equal(Array.from({ length: 8 }, (_, i) => `peer-${i + 1}`))
  })

  it('takes wires away and gives them back', async () => {
    const wires = { uploadBytesPerSecond: 5 }
    expect(await doneBy({ kind: 'slow-peer', who: ['peer-2'], wires }))
      .to.deep.equal(['rewire peer-2 {"uploadBytesPerSecond":5}', 'rewire peer-2 undefined'])
  })

  it('tells a daemon how to behave, and to behave', async () => {
    expect(await doneBy({ kind: 'liar', who: ['peer-1'] }))
      .to.deep.equal(['conduct peer-1 {"misdeed":"liar"}', 'conduct peer-1 {}'])
    expect((await doneBy({ kind: 'slow-disk', who: ['peer-1'], delayMs: 9 }))[0])
      .to.equal('conduct peer-1 {"diskDelayMs":9}')
    expect((await doneBy({ kind: 'clock-skew', who: ['peer-1'], skewMs: 9 }))[0])
      .to.equal('conduct peer-1 {"clockSkewMs":9}')
  })
})
