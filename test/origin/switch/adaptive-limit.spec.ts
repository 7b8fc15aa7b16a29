import { expect } from 'chai'
import fc from 'fast-check'
import {
  AdaptiveLimit, LIGHT_TTL_MS, nextLimit, type Sample, START, TOLERANCE
} from '../../../origin/switch/adaptive-limit.ts'
import { ModelServer, queueing } from './model-server.ts'

const FLOOR = 4
const CEILING = 64
const SERVICE_MS = 200
const CROWD = 100
const bounds = { floor: FLOOR, ceiling: CEILING }

describe('origin/switch/adaptive-limit', () => {
  it('begins where a server that is idle turns nobody away, between floor and ceiling', () => {
    const start = (floor: number, ceiling: number) => new AdaptiveLimit({ floor, ceiling }).value
    expect(start(2, 512)).to.equal(START)
    expect(start(2, 8)).to.equal(8)
    expect(start(32, 512)).to.equal(32)
  })

  it('learns at light load what is too slow, also when a crowd comes first', () => {
    const limit = new AdaptiveLimit(bounds)
    const server = new ModelServer(limit, queueing(SERVICE_MS, 1))
    server.run(SERVICE_MS * START, CROWD)
    expect(limit.value).to.equal(FLOOR)
    server.run(10_000, CROWD)
    expect(limit.value).to.be.below(START)
  })

  it('comes down in one step from a start that was far too high', () => {
    const limit = new AdaptiveLimit({ floor: 1, ceiling: CEILING })
    const server = new ModelServer(limit, queueing(SERVICE_MS, 1))
    while (limit.value === START) server.run(1, CROWD)
    while (limit.value === 1) server.run(1, CROWD)
    expect(limit.value).to.be.at.most(START / 4)
  })

  it('grows to the ceiling while latency is flat', () => {
    const limit = new AdaptiveLimit(bounds)
    new ModelServer(limit, () => SERVICE_MS).run(25_000, CROWD)
    expect(limit.value).to.equal(CEILING)
  })

  it('does not grow while less is asked for than it allows', () => {
    const limit = new AdaptiveLimit(bounds)
    new ModelServer(limit, () => SERVICE_MS).run(20_000, 3)
    expect(limit.value).to.equal(START)
  })

  it('settles where latency begins to inflate', () => {
    const limit = new AdaptiveLimit(bounds)
    const server = new ModelServer(limit, queueing(SERVICE_MS, 16))
    server.run(10_000, CROWD)
    for (let i = 0; i < 10; i++) {
      server.run(1000, CROWD)
      expect(limit.value).to.be.within(16, 16 * TOLERANCE * 1.25)
    }
  })

  it('shrinks when the machine becomes slower, and recovers with it', () => {
    const limit = new AdaptiveLimit(bounds)
    const server = new ModelServer(limit, queueing(SERVICE_MS, 32))
    server.run(14_000, CROWD)
    server.latencyOf = queueing(SERVICE_MS, 4)
    server.run(25_000, CROWD)
    expect(limit.value).to.be.below(16)
    server.latencyOf = queueing(SERVICE_MS, 32)
    server.run(15_000, CROWD)
    expect(limit.value).to.be.above(32)
  })

  it('takes a lasting slowness of every request for the new normal', () => {
    const limit = new AdaptiveLimit(bounds)
    const server = new ModelServer(limit, () => SERVICE_MS)
    server.run(15_000, CROWD)
    server.latencyOf = () => SERVICE_MS * 10
    server.run(10_000, CROWD)
    expect(limit.value).to.be.below(CEILING / 2)
    server.run(6 * LIGHT_TTL_MS, CROWD)
    expect(limit.value).to.equal(CEILING)
  })

  it('does not mistake a load that never ends for the new normal', () => {
    const limit = new AdaptiveLimit(bounds)
    const server = new ModelServer(limit, queueing(SERVICE_MS, 16))
    server.run(4 * LIGHT_TTL_MS, CROWD)
    expect(limit.value).to.be.below(16 * TOLERANCE * 1.25)
  })

  it('goes on after a look for light load that could not be had', () => {
    const limit = new AdaptiveLimit(bounds)
    const server = new ModelServer(limit, () => SERVICE_MS)
    server.run(15_000, CROWD)
    server.run(LIGHT_TTL_MS + 5_000, CROWD, FLOOR * 4)
    expect(limit.value).to.equal(CEILING)
  })

  it('is a constant where floor and ceiling are the same', () => {
    fc.assert(fc.property(fc.integer({ min: 1, max: 100 }), latencies, (floor, seen) => {
      const limit = new AdaptiveLimit({ floor, ceiling: floor })
      feed(limit, seen)
      expect(limit.value).to.equal(floor)
    }))
  })

  it('stays between floor and ceiling, whatever is measured', () => {
    fc.assert(fc.property(latencies, seen => {
      const limit = new AdaptiveLimit(bounds)
      feed(limit, seen)
      expect(limit.value).to.be.within(FLOOR, CEILING)
    }))
  })

  it('takes a ceiling below the floor for the floor', () => {
    const limit = new AdaptiveLimit({ floor: 10, ceiling: 2 })
    new ModelServer(limit, () => 20).run(5_000, CROWD)
    expect(limit.value).to.equal(10)
  })
})

describe('origin/switch/adaptive-limit nextLimit', () => {
  const full = fc.record({
    limit: fc.double({ min: FLOOR, max: CEILING, noNaN: true }),
    lightMs: fc.double({ min: 0, max: 1e4, noNaN: true }),
    latencyMs: fc.double({ min: 0, max: 1e4, noNaN: true })
  })

  it('is never larger for a longer latency', () => {
    fc.assert(fc.property(full, fc.double({ min: 0, max: 1e4, noNaN: true }), (given, more) => {
      const { limit, lightMs, latencyMs } = given
      const at = (ms: number) =>
        nextLimit(limit, { lightMs, latencyMs: ms, used: 1 }, bounds)
      expect(at(latencyMs + more)).to.be.at.most(at(latencyMs))
    }))
  })

  it('grows whenever it is used up and latency is within the tolerance', () => {
    fc.assert(fc.property(full, ({ limit, lightMs }) => {
      const window = { lightMs, latencyMs: lightMs * TOLERANCE, used: 1 }
      const next = nextLimit(limit, window, bounds)
      expect(next).to.be.at.least(limit)
      expect(next > limit || limit >= CEILING).to.equal(true)
    }))
  })

  it('no longer halves than it must: one bad window costs less than a third', () => {
    fc.assert(fc.property(full, ({ limit }) => {
      const window = { lightMs: 1, latencyMs: 1e6, used: 1 }
      expect(nextLimit(limit, window, bounds)).to.be.at.least(limit * 2 / 3)
    }))
  })
})

const latencies = fc.array(fc.record({
  latencyMs: fc.double({ min: 0, max: 1e5, noNaN: true }),
  inFlight: fc.integer({ min: 1, max: 1000 }),
  room: fc.integer({ min: 1, max: 1000 })
}), { maxLength: 300 })

function feed (limit: AdaptiveLimit, seen: Sample[]): void {
  for (const [i, sample] of seen.entries()) limit.add(sample, i * 30)
}
