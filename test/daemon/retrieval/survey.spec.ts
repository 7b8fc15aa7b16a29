import { expect } from 'chai'
import { AnswerTimes } from '../../../daemon/retrieval/answer-times.ts'
import { Asks } from '../../../daemon/retrieval/asks.ts'
import { survey } from '../../../daemon/retrieval/survey.ts'
import type { BlockBroker, BlockWant } from '../../../daemon/retrieval/types.ts'
import { PenaltyBook } from '../../../daemon/routing/index.ts'
import { blockNamed } from '../../protocols/tracker/nodes.ts'
import { FakeSource } from './fakes.ts'
import { fresh } from './situations.ts'

const want: BlockWant =
  { cid: blockNamed('one'), size: 100_000, priority: 'playing', deadlineMs: 10_000 }

function rig () {
  const clock = () => time.nowMs
  const time = { nowMs: 0 }
  const penalties = new PenaltyBook({ clock })
  const asks = new Asks({ clock, times: new AnswerTimes() })
  const silent = async () => await new Promise<undefined>(() => {})
  const peer = new FakeSource('peer', 'peer', silent)
  const edge = new FakeSource('edge', 'edge', silent)
  const refusals = { without: new Set<string>(), busy: new Set<string>() }
  const broker = { sources: () => [peer, edge] } as unknown as BlockBroker
  const look = (more: Partial<BlockWant> = {}) =>
    survey({ brokers: [broker], penalties }, { ...want, ...more }, asks, refusals)
  return { time, penalties, asks, peer, edge, refusals, look }
}

describe('daemon/retrieval/survey', () => {
  it('offers everyone who may be asked', () => {
    const { look, peer, edge } = rig()
    expect(look()).to.deep.include({ candidates: [peer, edge], edges: 'open', hasPaused: false })
  })

  it('leaves out who fails, and hopes for it', () => {
    const { look, peer, penalties } = rig()
    penalties.fail('edge')
    expect(look()).to.deep.include({ candidates: [peer], edges: 'failed', hasPaused: true })
  })

  it('leaves out who does not have it, until it says that it does', () => {
    const { look, peer, edge, refusals } = rig()
    refusals.without.add('edge true')
    expect(look()).to.deep.include({ candidates: [peer], edges: 'failed' })
    edge.holds = 'unknown'
    expect(look().candidates).to.deep.equal([peer, edge])
  })

  it('takes an edge that is silent for one that fails where it is urgent', () => {
    const { look, asks, edge, time } = rig()
    const ask = asks.open(edge, fresh, [])
    expect(look({ priority: 'urgent' }).edges).to.equal('asked')
    time.nowMs = ask.budgetMs
    expect(look({ priority: 'urgent' }).edges).to.equal('failed')
    expect(look().edges).to.equal('asked')
  })

  it('tells whether a near peer that has the block is without room', () => {
    const { look, peer, penalties } = rig()
    penalties.pause('edge', 1000)
    expect(look().isHeldByBusy, 'an edge').to.equal(false)
    penalties.pause('peer', 1000)
    expect(look().isHeldByBusy).to.equal(true)
    peer.holds = 'loading'
    expect(look().isHeldByBusy, 'one that loads it').to.equal(false)
    Object.assign(peer, { holds: 'have', isFar: true })
    expect(look().isHeldByBusy, 'one far away').to.equal(false)
  })

  describe('a busy edge', () => {
    it('is left in peace where a peer has the block', () => {
      const { look, peer, penalties } = rig()
      penalties.pause('edge', 1000)
      expect(look()).to.deep.include({ candidates: [peer], edges: 'busy', hasBusy: true })
    })

    it('is asked for what nobody else is known to have: that it serves', () => {
      const { look, peer, edge, penalties } = rig()
      penalties.pause('edge', 1000)
      peer.holds = 'loading'
      expect(look()).to.deep.include({ candidates: [peer, edge], edges: 'open' })
    })

    it('can be asked as one that knows no peers, once, where it is the last resort', () => {
      const { look, peer, edge, penalties, refusals } = rig()
      const insisting = new FakeSource('edge', 'edge', edge.answer, { isLastResort: true })
      edge.insisting = insisting
      expect(look().candidates).to.deep.equal([peer, edge])
      penalties.pause('edge', 1000)
      expect(look()).to.deep.include({ candidates: [peer, insisting], edges: 'busy' })
      refusals.without.add('edge true')
      expect(look().candidates).to.deep.equal([peer])
    })

    it('is not asked again for what it has refused until it has room', () => {
      const { look, peer, edge, penalties, refusals, time } = rig()
      penalties.pause('edge', 1000)
      refusals.busy.add('edge')
      peer.holds = 'unknown'
      expect(look()).to.deep.include({ candidates: [peer], edges: 'busy' })
      time.nowMs = 1000
      expect(look()).to.deep.include({ candidates: [peer, edge], edges: 'open' })
    })
  })
})
