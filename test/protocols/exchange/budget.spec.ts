import { expect } from 'chai'
import fc from 'fast-check'
import { Budget } from '../../../protocols/exchange/budget.ts'
import { DATA_BYTES } from '../../../protocols/exchange/message.ts'

/** Spends as soon as it may, looking each millisecond. Returns when and how much. */
function spendAll (budget: Budget, untilMs: number): Array<{ atMs: number, bytes: number }> {
  const spent = []
  for (let atMs = 0; atMs < untilMs; atMs++) {
    while (budget.waitMs(atMs) === 0) {
      const bytes = budget.pieceBytes
      budget.spend(bytes)
      spent.push({ atMs, bytes })
    }
  }
  return spent
}

const sum = (spent: Array<{ bytes: number }>): number =>
  spent.reduce((total, { bytes }) => total + bytes, 0)

/** The most in any second. */
function busiestSecond (spent: ReadonlyArray<{ atMs: number, bytes: number }>): number {
  let [most, within, first] = [0, 0, 0]
  for (const { atMs, bytes } of spent) {
    within += bytes
    while (spent[first]!.atMs <= atMs - 1000) {
      within -= spent[first++]!.bytes
    }
    most = Math.max(most, within)
  }
  return most
}

const rate = fc.integer({ min: 1, max: 3_000_000 })
const rateOrNone = fc.oneof(rate, fc.constant(0))

describe('protocols/exchange/budget', () => {
  it('lets everything pass without a limit', () => {
    const budget = new Budget(() => 0, new Budget(() => 0))
    for (let piece = 0; piece < 1000; piece++) {
      expect(budget.waitMs(0)).to.equal(0)
      budget.spend(budget.pieceBytes)
    }
    expect(budget.pieceBytes).to.equal(DATA_BYTES)
  })

  it('keeps a rate over any second, and uses nearly all of it', () => {
    fc.assert(fc.property(rate, bytesPerSecond => {
      const spent = spendAll(new Budget(() => bytesPerSecond), 3000)
      expect(busiestSecond(spent)).to.be.at.most(bytesPerSecond)
      if (bytesPerSecond > 50_000) {
        expect(sum(spent)).to.be.at.least(3 * bytesPerSecond * 0.93)
      }
    }), { numRuns: 25 })
  })

  it('says how long to wait, and then the piece may go', () => {
    const budget = new Budget(() => 1_000_000)
    while (budget.waitMs(0) === 0) {
      budget.spend(budget.pieceBytes)
    }
    const waitMs = budget.waitMs(0)
    expect(waitMs).to.be.closeTo(26.3, 0.1)
    expect(budget.waitMs(waitMs - 1)).to.be.closeTo(1, 0.01)
    expect(budget.waitMs(waitMs + 0.001)).to.equal(0)
  })

  it('follows a rate that changes, up, down, to none and back', () => {
    let bytesPerSecond = 100_000
    const budget = new Budget(() => bytesPerSecond)
    const within = (fromMs: number): number => {
      let bytes = 0
      for (let atMs = fromMs; atMs < fromMs + 2000; atMs++) {
        while (bytes < 1e8 && budget.waitMs(atMs) === 0) {
          bytes += budget.pieceBytes
          budget.spend(budget.pieceBytes)
        }
      }
      return bytes
    }
    expect(within(0)).to.be.within(186_000, 200_000)
    bytesPerSecond = 1_000_000
    expect(within(2000)).to.be.within(1_860_000, 2_000_000)
    bytesPerSecond = 0
    expect(within(4000)).to.be.at.least(1e8)
    bytesPerSecond = 50_000
    expect(within(6000)).to.be.within(93_000, 100_000)
  })

  it('remembers nothing of what was spent without a limit', () => {
    let bytesPerSecond = 100_000
    const budget = new Budget(() => bytesPerSecond, new Budget(() => 0))
    expect([budget.isLimited, budget.waitMs(0)]).to.deep.equal([true, 0])
    bytesPerSecond = 0
    expect(budget.isLimited).to.equal(false)
    budget.spend(1e9)
    bytesPerSecond = 100_000
    expect(budget.waitMs(1)).to.equal(0)
  })

  it('keeps every limit of a tree, whoever asks and when, in any second', () => {
    const asks = fc.array(fc.nat(3), { minLength: 1, maxLength: 40 })
    fc.assert(fc.property(
      rateOrNone, rateOrNone, rateOrNone, rateOrNone, asks, (all, left, right, peer, turns) => {
        const root = new Budget(() => all)
        const branches = [new Budget(() => left, root), new Budget(() => right, root)]
        const leaves = [0, 0, 1, 1].map(at => new Budget(() => peer, branches[at]))
        const spent = leaves.map(() => [] as Array<{ atMs: number, bytes: number }>)
        for (let atMs = 0; atMs < 1500; atMs++) {
          const at = turns[atMs % turns.length]!
          if (leaves[at]!.waitMs(atMs) === 0) {
            const bytes = leaves[at]!.pieceBytes
            leaves[at]!.spend(bytes)
            spent[at]!.push({ atMs, bytes })
          }
        }
        const most = (...of: number[]): number => busiestSecond(
          of.flatMap(at => spent[at]!).sort((a, b) => a.atMs - b.atMs))
        const limits: Array<[limit: number, used: number]> = [
          [all, most(0, 1, 2, 3)], [left, most(0, 1)], [right, most(2, 3)],
          ...leaves.map((_, at): [number, number] => [peer, most(at)])
        ]
        for (const [limit, used] of limits) {
          expect(used).to.be.at.most(limit === 0 ? Infinity : limit)
        }
      }
    ), { numRuns: 40 })
  })

  it('lends what one branch leaves to the others', () => {
    const root = new Budget(() => 1_000_000)
    const idle = new Budget(() => 600_000, root)
    const busy = new Budget(() => 900_000, root)
    expect(idle.waitMs(0)).to.equal(0)
    expect(sum(spendAll(busy, 2000))).to.be.within(1_670_000, 1_800_000)
  })

  it('makes those who share a limit wait alike, however small their own pieces are', () => {
    const root = new Budget(() => 1_000_000)
    const [small, large] = [new Budget(() => 100_000, root), new Budget(() => 0, root)]
    while (large.waitMs(0) === 0) {
      large.spend(large.pieceBytes)
    }
    expect(small.pieceBytes).to.equal(2500)
    expect(small.waitMs(0)).to.equal(large.waitMs(0))
  })
})
