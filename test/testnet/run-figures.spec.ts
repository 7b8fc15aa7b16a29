import { expect } from 'chai'
import {
  crossRegionShare, fetchedByPeers, figuresOf, quantile, shown, startQuantiles
} from '../../testnet/run-figures.ts'
import type { RunRecord } from '../../testnet/run-record.ts'
import { sampleRecord } from './sample-record.ts'

const MIB = 1024 * 1024

describe('testnet/run-figures', () => {
  const record = sampleRecord({ peers: 12 })
  const figure = (of: RunRecord, name: string): number | undefined =>
    figuresOf(of).find(figure => figure.name === name)?.value

  it('counts what peers fetched, and not what edges did', () => {
    const peers = record.nodes.filter(({ role }) => role === 'peer')
    expect(fetchedByPeers(record).origin)
      .to.be.closeTo(peers.reduce((sum, { fetched }) => sum + fetched.origin, 0), 1)
  })

  it('judges offload against the ceiling and server bytes against the floor', () => {
    const nodes = record.nodes.filter(({ role }) => role === 'peer').slice(0, 1)
      .map(node => ({ ...node, fetched: { local: 100, peer: 60, edge: 15, origin: 5 } }))
    const run = { ...record, nodes, bounds: { floorBytes: 16, ceilingShare: 0.9 } }
    expect(figure(run, 'offload')).to.equal(75)
    expect(figure(run, 'offload ÷ ceiling')).to.be.closeTo(0.75 / 0.9, 1e-9)
    expect(figure(run, 'server bytes ÷ floor')).to.equal(1.25)
    expect(figure(run, 'server bytes ÷ played')).to.be.closeTo(100 * 20 / 180, 1e-9)
  })

  it('compares start-up with a plain player in those plays that have one beside them', () => {
    const [play] = record.plays
    const plays = [
      { ...play!, startUpMs: 200, plainStartUpMs: 250 }, { ...play!, startUpMs: 9_000 },
      { ...play!, startUpMs: null, plainStartUpMs: 1 }
    ].map(({ plainStartUpMs, ...rest }, i) => i === 1 ? rest : { ...rest, plainStartUpMs })
    expect(figure({ ...record, plays: plays as RunRecord['plays'] }, 'start-up p50 ÷ plain HTTP'))
      .to.equal(0.8)
  })

  it('counts bytes between regions only where both ends are peers', () => {
    const nodes = [['a', 'eu'], ['b', 'eu'], ['c', 'us']].map(([name, region]) =>
      ({ ...record.nodes.at(-1)!, name: name!, region: region! }))
    const flows = [
      { from: 'a', to: 'b', bytes: 30 }, { from: 'a', to: 'c', bytes: 10 },
      { from: 'edge-0', to: 'c', bytes: 999 }
    ]
    expect(crossRegionShare({ ...record, nodes, flows })).to.equal(0.25)
  })

  it('leaves out a kind of start that did not occur, and a figure that has no number', () => {
    const plays = record.plays.filter(({ start }) => start === 'cold')
    expect(startQuantiles(plays).map(({ kind }) => kind)).to.deep.equal(['all', 'cold', 'plain'])
    expect(figure({ ...record, plays: [] }, 'start-up p50')).to.equal(undefined)
    expect(figuresOf(sampleRecord({ peers: 12, kind: 'simulation' })).map(({ name }) => name))
      .to.include('stalls').and.not.include('memory of a node, p50')
  })

  it('takes the least value that a share of all are not above', () => {
    const values = [4, 1, 3, 2]
    expect([0, 0.5, 0.51, 1].map(share => quantile(values, share))).to.deep.equal([1, 2, 3, 4])
    expect(quantile([], 0.5)).to.be.NaN
  })

  it('shows a value with its unit', () => {
    expect([
      shown(212.4, 'ms'), shown(12_345, 'ms'), shown(1.5 * MIB, 'B'), shown(0, 'B'),
      shown(1.184, '×'), shown(1234, ''), shown(Number.NaN, '%')
    ]).to.deep.equal(['212 ms', '12.3 s', '1.5 MiB', '0 B', '1.18 ×', '1,234', '–'])
  })
})
