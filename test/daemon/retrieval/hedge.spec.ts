import { expect } from 'chai'
import fc from 'fast-check'
import {
  givenUpMs, type Helper, helpDueMs, LONG_SILENCE_MS, MIN_BUDGET_MS, OBSERVED_MS,
  type Outstanding, silentMs, timesFor
} from '../../../daemon/retrieval/hedge.ts'
import { limitMs, peersEndMs, type Situation } from '../../../daemon/retrieval/situation.ts'
import { candidate, fresh, situation, sourceOf } from './situations.ts'

/** Asked of a peer at time 0, of which nothing has come. */
const silent: Outstanding = {
  kind: 'peer',
  startedMs: 0,
  sizeBytes: 100_000,
  budgetMs: 500,
  patienceMs: 1500,
  stallMs: 250,
  fairMs: 2000,
  receivedBytes: 0,
  firstMs: undefined,
  firstBytes: 0,
  heardMs: 0,
  excusedMs: 0
}
/** The first tenth has come after 50 ms. */
const coming: Outstanding =
  { ...silent, receivedBytes: 10_000, firstBytes: 10_000, firstMs: 50, heardMs: 50 }

const HELPER_MS = 60
const peerIn = (ms: number) => ({ ms, isServer: false })
const serverIn = (ms: number) => ({ ms, isServer: true })
const dueOf = (out: Outstanding, more: Partial<Situation> = {}, helperMs?: number) =>
  helpDueMs(out, { ...fresh, ...more }, peerIn(helperMs ?? HELPER_MS))
const isDue = (out: Outstanding, nowMs: number, more: Partial<Situation> = {}) =>
  dueOf(out, { ...more, nowMs }) <= nowMs

const outstanding: fc.Arbitrary<Outstanding> = fc.record({
  sizeBytes: fc.integer({ min: 1, max: 1024 * 1024 }),
  budgetMs: fc.integer({ min: MIN_BUDGET_MS, max: 1000 }),
  moreMs: fc.nat(5000),
  fairMs: fc.integer({ min: 200, max: 5000 }),
  startedMs: fc.nat(5000),
  waitMs: fc.nat(5000),
  comesMs: fc.nat(5000),
  share: fc.double({ min: 0, max: 1, noNaN: true }),
  firstShare: fc.double({ min: 0, max: 1, noNaN: true }),
  excusedMs: fc.nat(10_000)
}).map(({ sizeBytes, moreMs, waitMs, comesMs, share, firstShare, ...rest }) => {
  const receivedBytes = Math.floor(sizeBytes * share)
  const firstMs = receivedBytes > 0 ? rest.startedMs + waitMs : undefined
  return {
    ...silent,
    ...rest,
    sizeBytes,
    patienceMs: rest.budgetMs + moreMs,
    receivedBytes,
    firstMs,
    firstBytes: Math.floor(receivedBytes * firstShare),
    heardMs: firstMs == null ? rest.startedMs : firstMs + comesMs
  }
})

describe('daemon/retrieval/hedge', () => {
  describe('what a source is given', () => {
    it('is little more than twice what it should take, and a third of the time left', () => {
      const { budgetMs, fairMs } = timesFor(sourceOf('peer'), fresh)
      expect([budgetMs, fairMs]).to.deep.equal([420, 420])
      expect(timesFor(sourceOf('peer'), { ...fresh, neededMs: 600 }).budgetMs).to.equal(200)
    })

    it('is what peers together have left, before servers are asked', () => {
      const left = (nowMs: number, more: Partial<Situation> = {}) =>
        timesFor(sourceOf('peer'), { ...fresh, askedMs: 0, nowMs, ...more }).budgetMs
      expect([left(400), left(600), left(890)]).to.deep.equal([420, 300, MIN_BUDGET_MS])
      expect([left(890, { neededMs: 9_000 }), left(2_800, { neededMs: 9_000 })])
        .to.deep.equal([420, 200])
    })

    it('is as much as all take at present, where there is time', () => {
      const usual = (ms: number, neededMs = 12_000) =>
        timesFor(sourceOf('peer'), { ...fresh, neededMs, deadlineMs: 20_000 }, ms).budgetMs
      expect([usual(100), usual(1_200), usual(9_000), usual(9_000, 3_000)])
        .to.deep.equal([usual(0), 1_200, LONG_SILENCE_MS, 1_000])
    })

    it('is patience while its node sends other bytes, but none when it is urgent', () => {
      const slow = sourceOf('peer', { rateBytesPerSecond: 10_000 })
      expect(timesFor(slow, { ...fresh, neededMs: 8000 }).patienceMs).to.equal(4000)
      const urgent = timesFor(slow, { ...fresh, priority: 'urgent' })
      expect(urgent.patienceMs).to.equal(urgent.budgetMs)
    })

    it('lets silent peers last no longer together than peers may, and everyone a little', () => {
      fc.assert(fc.property(candidate, situation, (source, state) => {
        const endMs = peersEndMs(state)
        const { budgetMs, patienceMs } = timesFor(source, state)
        expect(budgetMs).to.be.at.least(MIN_BUDGET_MS)
        expect(patienceMs).to.be.at.least(budgetMs)
        if (source.kind === 'peer' && state.nowMs < endMs) {
          expect(state.nowMs + budgetMs).to.be.at.most(endMs + MIN_BUDGET_MS)
        }
      }))
    })
  })

  describe('help is due', () => {
    it('when nothing has come in time', () => {
      expect(dueOf(silent)).to.equal(500)
    })

    it('later when its node sends other bytes, but not for ever', () => {
      expect(dueOf({ ...silent, heardMs: 400 })).to.equal(650)
      expect(dueOf({ ...silent, heardMs: 1400 })).to.equal(1500)
    })

    it('soon after it stops in the middle of the block', () => {
      const half = { ...coming, receivedBytes: 50_000 }
      expect(isDue(half, 50 + 249)).to.equal(false)
      expect(isDue(half, 50 + 250)).to.equal(true)
    })

    it('when it is much slower than promised and the helper much faster', () => {
      const at = (receivedBytes: number) => ({ ...coming, receivedBytes, heardMs: 250 })
      // 20 kB in 250 ms: the remaining 80 kB would take a second more.
      expect(isDue({ ...at(20_000), fairMs: 1000 }, 250)).to.equal(true)
      expect(isDue({ ...at(20_000), fairMs: 2000 }, 250)).to.equal(false)
      expect(isDue({ ...at(60_000), fairMs: 1000 }, 250)).to.equal(false)
      const slowHelper = dueOf({ ...at(20_000), fairMs: 1000 }, { nowMs: 250 }, 1000)
      expect(slowHelper).to.be.above(250)
    })

    it('at the last call for the helper, when it would come too late', () => {
      const neededMs = 1000
      expect(dueOf({ ...silent, budgetMs: 900 }, { neededMs })).to.equal(1000 - 2 * HELPER_MS - 200)
      const late = { ...coming, receivedBytes: 20_000, heardMs: 640, fairMs: 9000 }
      expect(isDue(late, 650, { neededMs })).to.equal(false)
      expect(isDue({ ...late, heardMs: 690 }, 690, { neededMs })).to.equal(true)
      expect(isDue({ ...late, heardMs: 690, receivedBytes: 90_000 }, 690, { neededMs }))
        .to.equal(false)
    })

    it('not sooner for what was late from the beginning: two would make neither sooner', () => {
      expect(dueOf(silent, { neededMs: 0, priority: 'urgent' })).to.equal(500)
    })

    it('later from a server, where there is time: who holds it alone has many to serve', () => {
      const dueAt = (more: Partial<Situation>, out = silent) =>
        helpDueMs(out, { ...fresh, ...more }, serverIn(HELPER_MS))
      expect(dueAt({ neededMs: 9_000 })).to.equal(LONG_SILENCE_MS)
      expect(dueAt({ neededMs: 1_800 })).to.equal(600)
      expect(dueAt({ priority: 'prefetch', deadlineMs: 90_000 })).to.equal(LONG_SILENCE_MS)
      expect(dueAt({ priority: 'prefetch', deadlineMs: 6_000 })).to.equal(2_000)
      expect(dueAt({ priority: 'urgent', neededMs: 9_000 })).to.equal(500)
      expect(dueAt({})).to.equal(500)
      expect(dueAt({ neededMs: 9_000 }, { ...silent, kind: 'edge' })).to.equal(500)
      const slow = { ...coming, receivedBytes: 20_000, heardMs: 250, fairMs: 1000 }
      expect(dueAt({ nowMs: 250, neededMs: 9_000 }, slow)).to.equal(250)
    })

    it('not while it was we who slept', () => {
      expect(dueOf({ ...silent, excusedMs: 5000 }, { nowMs: 4900 })).to.equal(5000)
    })
  })

  describe('where no race may be run, it is given up', () => {
    const endOf = (out: Outstanding, more: Partial<Situation> = {}) =>
      givenUpMs(out, { ...fresh, ...more })

    it('after long silence, or shortly before it is needed', () => {
      expect(endOf(silent)).to.equal(LONG_SILENCE_MS)
      expect(endOf(silent, { neededMs: 1_200 })).to.equal(1_000)
      expect(endOf(silent, { neededMs: 300 })).to.equal(silent.budgetMs)
      expect(endOf(silent, { neededMs: 0 })).to.equal(LONG_SILENCE_MS)
    })

    it('never while its bytes come', () => {
      expect(endOf({ ...coming, heardMs: 9_000 })).to.equal(9_250)
    })
  })

  describe('whatever has come', () => {
    const always = (rule: (out: Outstanding, state: Situation, helper: Helper) => void) => {
      const helpers = fc.record({ ms: fc.integer({ min: 0, max: 5000 }), isServer: fc.boolean() })
      fc.assert(fc.property(outstanding, situation, helpers, (out, state, helper) => {
        rule(out, state, helper)
      }))
    }

    it('nobody is helped within the first tenth of a second', () => {
      always((out, state, helper) => {
        expect(helpDueMs(out, state, helper)).to.be.at.least(out.startedMs + MIN_BUDGET_MS)
      })
    })

    it('help is due in the end, also where nobody could help now', () => {
      always((out, state, helper) => {
        const latest = Math.max(
          out.startedMs + out.patienceMs, out.heardMs + out.stallMs, out.excusedMs,
          helper.isServer ? out.startedMs + LONG_SILENCE_MS : 0)
        expect(helpDueMs(out, state, helper)).to.be.at.most(latest)
        expect(helpDueMs(out, state, undefined)).to.equal(silentMs(out))
      })
    })

    it('one that is as fast as promised and in time is left alone', () => {
      always((out, state, helper) => {
        const { firstMs } = out
        const nowMs = (firstMs ?? out.startedMs) + OBSERVED_MS
        const isInTime = firstMs != null && out.receivedBytes === out.sizeBytes &&
          nowMs < limitMs(state) && nowMs < silentMs(out) && nowMs < out.startedMs + out.fairMs
        if (isInTime) {
          expect(helpDueMs(out, { ...state, nowMs }, helper)).to.be.above(nowMs)
        }
      })
    })

    it('more bytes never bring the help sooner', () => {
      always((out, state, helper) => {
        const more = { ...out, receivedBytes: out.sizeBytes }
        if (out.firstMs != null) {
          // Whatever lies behind us is due now.
          expect(Math.max(state.nowMs, helpDueMs(more, state, helper)))
            .to.be.at.least(helpDueMs(out, state, helper))
        }
      })
    })
  })
})
