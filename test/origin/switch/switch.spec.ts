import { expect } from 'chai'
import fc from 'fast-check'
import { CID } from 'multiformats/cid'
import { judge, type Load, Switch, type SwitchInit } from '../../../origin/switch/switch.ts'
import type { Asked, Entry, Refusal } from '../../../protocols/exchange/index.ts'

const block = CID.parse('bafkreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52zy')
const peers = (count: number): string[][] =>
  Array.from({ length: count }, (_, i) => [`/ip4/10.0.0.${i}/tcp/1/p2p/P${i}`])

describe('origin/switch/switch', () => {
  function gate (given: Partial<SwitchInit> = {}) {
    const { floor = 4, ceiling = floor, reserved = 0.25, fewHolders = 2 } = given
    const seen = { nowMs: 0, held: 3, followed: 0, isHere: true }
    const providers = {
      holders: () => peers(seen.held),
      isHere: () => seen.isHere,
      follow: () => { seen.followed++ }
    }
    const components = { providers, clock: () => seen.nowMs, random: () => 0.5 }
    const tested = new Switch(components, { floor, ceiling, reserved, fewHolders })
    const enter = (isPlain = false) => tested.enter({ cid: block, content: block, isPlain })
    return { seen, tested, enter }
  }

  it('serves up to its limit, then names live peers who hold the block', () => {
    const { enter } = gate({ reserved: 0 })
    for (let i = 0; i < 4; i++) expect(isEntry(enter())).to.equal(true)
    const refusal = enter() as Refusal
    expect(refusal.providers).to.have.members(peers(3).flat())
    expect(refusal.retryAfterMs).to.be.within(1000, 2000)
  })

  it('serves more than its floor before anything was measured', () => {
    const { enter } = gate({ floor: 2, ceiling: 512 })
    for (let i = 0; i < 12; i++) expect(isEntry(enter())).to.equal(true)
    expect(isEntry(enter())).to.equal(false)
  })

  it('serves again when one has left, once for each entry', () => {
    const { enter } = gate({ reserved: 0 })
    const entries = Array.from({ length: 4 }, () => enter() as Entry)
    entries[0]!.leave()
    entries[0]!.leave()
    expect(isEntry(enter())).to.equal(true)
    expect(isEntry(enter())).to.equal(false)
  })

  it('always serves players without a swarm, and counts them', () => {
    const { enter, tested } = gate()
    for (let i = 0; i < 100; i++) expect(isEntry(enter(true))).to.equal(true)
    expect(isEntry(enter())).to.equal(false)
    expect(tested.status()).to.deep.equal({
      limit: 4,
      inFlight: 100,
      served: { room: 4, kept: 0, plain: 96, alone: 0 },
      refused: { full: 1, common: 0 }
    })
  })

  it('keeps a slot from a flood for players without a swarm', () => {
    const { enter, tested } = gate()
    while (isEntry(enter())) { /* until it refuses */ }
    expect(tested.status().inFlight).to.equal(3)
    enter(true)
    expect(tested.status().served).to.include({ room: 4, plain: 0 })
  })

  it('sends nobody away for a block that no live peer holds', () => {
    const { enter, seen, tested } = gate()
    seen.held = 0
    for (let i = 0; i < 50; i++) expect(isEntry(enter())).to.equal(true)
    expect(tested.status().served.alone).to.equal(47)
  })

  it('keeps slots for a block that few hold', () => {
    const { enter, seen, tested } = gate()
    while (isEntry(enter())) { /* until it refuses */ }
    seen.held = 1
    expect(isEntry(enter())).to.equal(true)
    expect(isEntry(enter())).to.equal(false)
    expect(tested.status()).to.deep.include({ refused: { full: 1, common: 1 } })
  })

  it('looks for holders of what is asked for before it is full', () => {
    const { enter, seen } = gate({ floor: 8 })
    for (let i = 0; i < 4; i++) enter()
    expect(seen.followed).to.equal(0)
    enter()
    expect(seen.followed).to.equal(1)
  })

  it('learns from whole answers out of its own store only', () => {
    const { enter, seen, tested } = gate({ floor: 4, ceiling: 64, reserved: 0 })
    const round = (ms: number, isMeasured: boolean) => {
      const entries = Array.from({ length: 64 }, () => enter()).filter(isEntry)
      seen.nowMs += ms
      for (const entry of entries) entry.leave(isMeasured)
    }
    for (let i = 0; i < 50; i++) round(100, true)
    const grown = tested.status().limit
    expect(grown).to.be.above(12)
    for (let i = 0; i < 50; i++) round(10_000, false)
    seen.isHere = false
    for (let i = 0; i < 50; i++) round(10_000, true)
    expect(tested.status().limit).to.equal(grown)
  })

  it('grows on a flood although slots are kept from it', () => {
    const { enter, seen, tested } = gate({ floor: 2, ceiling: 64 })
    for (let i = 0; i < 200; i++) {
      const entries = Array.from({ length: 100 }, () => enter()).filter(isEntry)
      seen.nowMs += 100
      for (const entry of entries) entry.leave()
    }
    expect(tested.status().limit).to.equal(64)
  })

  it('names others first to the next one sent away', () => {
    const named = new Set<string>()
    const providers = { holders: () => peers(20), isHere: () => true, follow: () => {} }
    const dice = [...Array(20).keys()].flatMap(i => [0, i / 20])
    const random = () => dice.pop() ?? 0
    const tested = new Switch({ providers, clock: () => 0, random }, {
      floor: 1, ceiling: 1, reserved: 0, fewHolders: 2
    })
    tested.enter({ cid: block, isPlain: true })
    for (let i = 0; i < 20; i++) {
      const { providers: [first] } = tested.enter({ cid: block, isPlain: false }) as Refusal
      named.add(first!)
    }
    expect(named.size).to.be.above(8)
  })
})

/**
 * A flood that never ends holds every common slot; one listener needs a block of which the only
 * other holder takes nobody. It comes back as often as it is told to.
 */
describe('origin/switch/switch kept slots', () => {
  const TRIES = 200
  const rare: Asked = { cid: block, content: block, isPlain: false }

  function isServed (init: { reserved: number, fewHolders: number }, rareHolders: number): boolean {
    const flood = CID.parse('bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku')
    const providers = {
      holders: ({ cid }: Asked) => peers(cid === flood ? 10 : rareHolders),
      isHere: () => true,
      follow: () => {}
    }
    const components = { providers, clock: () => 0, random: Math.random }
    const tested = new Switch(components, { floor: 8, ceiling: 8, ...init })
    const running: Entry[] = []
    const rush = () => {
      for (let i = 0; i < 20; i++) {
        const answer = tested.enter({ cid: flood, content: flood, isPlain: false })
        if (isEntry(answer)) running.push(answer)
      }
    }
    for (let i = 0; i < TRIES; i++) {
      rush()
      const answer = tested.enter(rare)
      if (isEntry(answer)) return true
      running.shift()?.leave()
      rush()
    }
    return false
  }

  it('without them a block that one busy peer holds is never had: a deadlock', () => {
    expect(isServed({ reserved: 0, fewHolders: 2 }, 1)).to.equal(false)
    expect(isServed({ reserved: 0.25, fewHolders: 0 }, 1)).to.equal(false)
  })

  it('with them it is', () => {
    expect(isServed({ reserved: 0.25, fewHolders: 2 }, 1)).to.equal(true)
  })

  it('a block that nobody else holds needs none', () => {
    expect(isServed({ reserved: 0, fewHolders: 0 }, 0)).to.equal(true)
  })
})

describe('origin/switch/switch judge', () => {
  const load = fc.integer({ min: 1, max: 1000 }).chain((limit): fc.Arbitrary<Load> => fc.record({
    inFlight: fc.integer({ min: 0, max: 2000 }),
    limit: fc.constant(limit),
    kept: fc.integer({ min: 0, max: limit - 1 }),
    fewHolders: fc.integer({ min: 0, max: 5 })
  }))
  const refused = ['full', 'common']

  it('refuses only the marked, only past the open slots, only where somebody live holds it', () => {
    fc.assert(fc.property(load, fc.boolean(), fc.nat(10), (given, isPlain, holders) => {
      if (!refused.includes(judge(given, isPlain, () => holders))) return
      expect(isPlain).to.equal(false)
      expect(holders).to.be.above(0)
      expect(given.inFlight).to.be.at.least(given.limit - given.kept)
    }))
  })

  it('serves whoever finds a free slot that is not kept, and always serves an idle server', () => {
    fc.assert(fc.property(load, fc.boolean(), fc.nat(10), (given, isPlain, holders) => {
      const idle = judge({ ...given, inFlight: 0 }, isPlain, () => holders)
      expect(idle).to.equal('room')
      if (given.inFlight >= given.limit - given.kept) return
      expect(judge(given, isPlain, () => holders)).to.equal('room')
    }))
  })

  it('never serves a common block where it would refuse a rare one', () => {
    fc.assert(fc.property(load, fc.nat(10), fc.nat(10), (given, a, b) => {
      const [rare, common] = a < b ? [a, b] : [b, a]
      if (refused.includes(judge(given, false, () => rare))) {
        expect(refused).to.include(judge(given, false, () => common))
      }
    }))
  })
})

function isEntry (answer: Entry | Refusal): answer is Entry {
  return 'leave' in answer
}
