import { expect } from 'chai'
import { courseOf } from '../../../testnet/report-page/course.ts'
import { holdingsOf } from '../../../testnet/report-page/holdings.ts'
import { crossingsOf, graphOf } from '../../../testnet/report-page/traffic.ts'
import { sweepPointOf, viewOf } from '../../../testnet/report-page/view-of.ts'
import type { Sample } from '../../../testnet/run-record.ts'
import { sampleRecord } from '../sample-record.ts'

describe('testnet/report-page/view-of', () => {
  const record = sampleRecord({ peers: 40 })
  const { held, ...node } = record.nodes.at(-1)!

  it('stays small for a run of very many', () => {
    const many = sampleRecord({ peers: 2_000, kind: 'simulation' })
    const view = viewOf(many)
    expect(JSON.stringify(view).length).to.be.lessThan(700_000)
    expect(view.starts.length).to.equal(1_500)
    expect(view.curves.length).to.be.at.most(4 * 120)
    expect(view.graph.flows.length).to.equal(700)
    expect(view.holdings.columns.length).to.be.at.most(200)
  })

  it('keeps first and last of each curve, and never falls', () => {
    const cold = viewOf(record).curves.filter(({ kind }) => kind === 'cold')
    expect(cold.at(-1)!.share).to.equal(1)
    expect(cold.every(({ ms }, i) => i === 0 || ms >= cold[i - 1]!.ms)).to.equal(true)
  })

  it('lists those first that sent most', () => {
    const { uploaders } = viewOf(record)
    expect(uploaders).to.have.length(15)
    expect(uploaders[0]!.bytes).to.equal(Math.max(...record.nodes
      .filter(({ role }) => role === 'peer').map(({ sentBytes }) => sentBytes)))
  })

  it('has nothing to show of a run without plays, and still a view', () => {
    const view = viewOf({ ...record, plays: [], samples: [], flows: [], nodes: [] })
    expect(view).to.deep.include({ course: [], starts: [], curves: [], roles: [], crossings: [] })
  })

  it('makes a point of a sweep from a run', () => {
    expect(sweepPointOf(record)).to.include({ peers: 40, kind: 'testnet' })
    expect(sweepPointOf(record).offload).to.be.closeTo(0.86, 1e-6)
  })

  describe('course', () => {
    const sample = (atMs: number, peer: number, edge: number, stalls = 0): Sample => ({
      atMs, fetched: { local: 0, peer, edge, origin: 0 }, originSentBytes: 0, edgeSentBytes: 0,
      wastedBytes: 0, nodesUp: 3, playing: 2, stalls
    })

    it('makes rates of sums, and counts new stalls', () => {
      const samples = [sample(0, 0, 0), sample(500, 100, 0, 1), sample(1_500, 300, 100, 3)]
      const course = courseOf({ samples })
      expect(course.map(({ bytesPerSecond }) => bytesPerSecond.peer)).to.deep.equal([200, 200])
      expect(course.map(({ newStalls }) => newStalls)).to.deep.equal([1, 2])
      expect(course[1]).to.include({ atMs: 500, peerShare: 0.75, serverBytes: 100 })
    })

    it('has no rate below nothing where a node forgot what it had fetched', () => {
      const [point] = courseOf({ samples: [sample(0, 500, 0), sample(1_000, 100, 0)] })
      expect(point!.bytesPerSecond.peer).to.equal(0)
    })

    it('knows no share before anything came', () => {
      expect(courseOf({ samples: [sample(0, 0, 0), sample(1, 0, 0)] })[0]!.peerShare)
        .to.equal(null)
    })

    it('thins many samples, and loses no byte', () => {
      const samples = Array.from({ length: 1_001 }, (_, i) => sample(i * 1_000, i * 10, 0))
      const course = courseOf({ samples })
      expect(course.length).to.be.at.most(240)
      const ends = [...course.slice(1).map(({ atMs }) => atMs), 1_000_000]
      const sum = course.reduce((sum, { atMs, bytesPerSecond }, i) =>
        sum + bytesPerSecond.peer * (ends[i]! - atMs) / 1000, 0)
      expect(sum).to.be.closeTo(10_000, 1e-6)
    })
  })

  describe('holdings', () => {
    it('puts nodes together that are too many, of one region only', () => {
      const nodes = Array.from({ length: 600 }, (_, i) =>
        ({ ...node, name: `n${i}`, region: i < 599 ? 'eu' : 'us', held: [i % 2] }))
      const { columns, cells } = holdingsOf({ nodes, titles: record.titles.slice(0, 1) })
      expect(columns.length).to.be.at.most(200)
      expect(columns.at(-1)).to.deep.equal({ name: 'n599', region: 'us' })
      expect(cells[0]!.held).to.be.within(0.25, 0.75)
    })

    it('puts the title that most hold first', () => {
      const nodes = [{ ...node, held: [0, 0.5] }, { ...node, held: [0.2, 0.5] }]
      const { titles, cells } = holdingsOf({ nodes, titles: record.titles.slice(0, 2) })
      expect(titles).to.deep.equal(['title 1', 'title 0'])
      expect(cells).to.deep.equal([
        { column: 0, title: 0, held: 0.5 }, { column: 1, title: 0, held: 0.5 },
        { column: 1, title: 1, held: 0.2 }
      ])
    })
  })

  describe('traffic', () => {
    const at = (name: string, role: 'peer' | 'edge', region: string) =>
      ({ ...node, held, name, role, region })
    const nodes = [at('a', 'peer', 'eu'), at('b', 'peer', 'us'), at('e', 'edge', 'us')]
    const flows = [
      { from: 'a', to: 'b', bytes: 1 }, { from: 'a', to: 'b', bytes: 2 },
      { from: 'e', to: 'b', bytes: 4 }, { from: 'gone', to: 'b', bytes: 8 }
    ]

    it('sums flows between regions, with servers apart', () => {
      expect(crossingsOf({ nodes, flows })).to.deep.equal([
        { from: 'edges', to: 'us', bytes: 4 }, { from: 'eu', to: 'us', bytes: 3 }
      ])
    })

    it('draws no flow to or from a node it does not know, and every server', () => {
      const graph = graphOf({ nodes, flows: flows.slice(0, 1) })
      expect(graph.nodes.map(({ name }) => name)).to.deep.equal(['e', 'a', 'b'])
      expect(graph.flows).to.deep.equal([{ from: 1, to: 2, bytes: 1 }])
      expect(graphOf({ nodes, flows }).flows).to.have.length(3)
    })
  })
})
