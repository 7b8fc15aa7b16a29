/**
 * Who gets how much of an upload: a server under load, in virtual time.
 */

import { expect } from 'chai'
import fc from 'fast-check'
import type { CID } from 'multiformats/cid'
import type { Client, Seat } from '../../../protocols/exchange/seat.ts'
import { Server } from '../../../protocols/exchange/server.ts'
import type { ServingClass } from '../../../protocols/exchange/turns.ts'
import type { ServingLimits } from '../../../protocols/exchange/types.ts'
import { MemoryInventory, sampleBytes, silent } from './sample-node.ts'

const MB = 1_000_000
const STEP_MS = 20

/** Wants blocks without end, `depth` at a time. */
class Listener implements Client {
  readonly id = ''
  readonly servingClass: ServingClass
  readonly balance = { gaveBytes: 0, tookBytes: 0, deniedBytes: 0 }
  readonly depth: number
  isWritable = true
  roomBytes = Infinity
  bytes = 0
  waiting = 0
  busyAnswers = 0

  constructor (servingClass: ServingClass = 'peers', depth = 6) {
    this.servingClass = servingClass
    this.depth = depth
  }

  data (_id: number, offset: number, total: number, payload: Uint8Array): void {
    this.bytes += payload.byteLength
    this.waiting -= offset + payload.byteLength === total ? 1 : 0
  }

  missing (): void { this.waiting-- }

  busy (): void {
    this.waiting--
    this.busyAnswers++
  }
}

describe('protocols/exchange/server, fairness', () => {
  const size = 160_000
  let inventory: MemoryInventory
  let limits: ServingLimits & { uploadBytesPerSecond: number, parallelTransfers: number }
  let server: Server
  let now: number
  let cid: CID
  let lastId: number
  let seats: Map<Listener, Seat>

  beforeEach(async () => {
    inventory = new MemoryInventory()
    cid = await inventory.add(sampleBytes(size))
    limits = { uploadBytesPerSecond: 4 * MB, parallelTransfers: 16 }
    now = 1000
    lastId = 0
    seats = new Map()
    serve(true)
  })

  afterEach(() => { server.stop() })

  const serve = (isReciprocal: boolean): void => {
    server?.stop()
    const log = silent.forComponent('')
    server = new Server({ inventory, limits, now: () => now, log }, { isReciprocal })
  }

  const listeners = (...all: Listener[]): Listener[] => {
    all.forEach(listener => { seats.set(listener, server.join(listener)) })
    return all
  }

  /** Lets time pass; returns what each listener got meanwhile. */
  const run = async (ms: number): Promise<number[]> => {
    const before = [...seats.keys()].map(({ bytes }) => bytes)
    for (const endMs = now + ms; now < endMs; now += STEP_MS) {
      for (const [listener, seat] of seats) {
        for (let more = listener.depth - listener.waiting; more > 0; more--) {
          listener.waiting++
          server.want(seat, {
            id: ++lastId,
            cid,
            content: undefined,
            size,
            offset: 0,
            priority: 1,
            deadlineMs: Infinity
          })
        }
      }
      for (let turn = 0; turn < 4; turn++) {
        server.pump()
        await new Promise(setImmediate)
      }
    }
    return [...seats.keys()].map(({ bytes }, at) => bytes - before[at]!)
  }

  const sharesOf = (got: number[]): number[] => {
    const all = got.reduce((sum, bytes) => sum + bytes, 0)
    return got.map(bytes => bytes / all)
  }

  it('is equal between strangers, however many WANTs each sends', async () => {
    listeners(new Listener('peers', 1), new Listener('peers', 4), new Listener('peers', 200))
    const shares = sharesOf(await run(4000))
    // Who asks for one block at a time cannot be served while its next WANT is under way.
    expect(shares[1]! / shares[2]!).to.be.closeTo(1, 0.05)
  })

  it('is equal where there are more peers than transfers', async () => {
    limits.parallelTransfers = 4
    listeners(...Array.from({ length: 20 }, () => new Listener()))
    const shares = sharesOf(await run(8000))
    expect(Math.min(...shares)).to.be.at.least(0.03)
    expect(Math.max(...shares)).to.be.at.most(0.07)
  })

  it('follows what peers gave, up to four times the share of a stranger', async () => {
    const [much, little, none] = listeners(new Listener(), new Listener(), new Listener())
    much!.balance.gaveBytes = 900 * MB
    little!.balance.gaveBytes = 100 * MB
    await run(1000)
    none!.bytes = 0
    const got = await run(6000)
    const weights = [1 + 3 * 900 / 1400, 1 + 3 * 100 / 600, 1]
    const sum = weights.reduce((all, weight) => all + weight, 0)
    // The stranger, the only one without merit, has a fifth on top.
    const expected = weights.map((weight, at) => 0.8 * weight / sum + (at === 2 ? 0.2 : 0))
    sharesOf(got).forEach((share, at) => {
      expect(share).to.be.closeTo(expected[at]!, 0.1 * expected[at]!)
    })
  })

  it('leaves riders the extra share, and all when nobody else wants', async () => {
    const [good, rider, other] = listeners(new Listener(), new Listener(), new Listener())
    Object.assign(rider!.balance, { tookBytes: 50 * MB, deniedBytes: 5 * MB })
    Object.assign(other!.balance, { tookBytes: 50 * MB, deniedBytes: 5 * MB })
    good!.balance.gaveBytes = 10 * MB
    await run(1000)
    const [first, second, third] = sharesOf(await run(20_000))
    expect(first).to.be.closeTo(0.8, 0.04)
    expect(Math.max(second!, third!)).to.be.closeTo(0.2, 0.04)
    expect(Math.min(second!, third!)).to.be.at.most(0.01)
    seats.delete(good!)
    await run(2000)
    const [alone, too] = await run(4000)
    expect(alone! + too!).to.be.at.least(4 * 4 * MB * 0.9)
  })

  it('starves nobody: the extra share goes round every 30 s', async () => {
    limits.uploadBytesPerSecond = MB
    const [giver, ...riders] = listeners(...Array.from({ length: 4 }, () => new Listener()))
    giver!.balance.gaveBytes = 10 * MB
    riders.forEach(({ balance }) => {
      Object.assign(balance, { tookBytes: 50 * MB, deniedBytes: 5 * MB })
    })
    const got = await run(95_000)
    expect(Math.min(...got)).to.be.at.least(0.2 * 20 * MB)
    expect(got[0]).to.be.at.least(0.75 * 95 * MB * 0.93)
  }).timeout(10_000)

  it('knows no merits where peers give nothing back', async () => {
    serve(false)
    const [much] = listeners(new Listener(), new Listener())
    much!.balance.gaveBytes = 900 * MB
    const [first, second] = await run(4000)
    expect(first! / second!).to.be.closeTo(1, 0.05)
  })

  it('gives classes equal shares however many are in each, and lends what one leaves', async () => {
    const [edge] = listeners(
      new Listener('edges'), ...Array.from({ length: 8 }, () => new Listener('peers')))
    expect(sharesOf(await run(4000))[0]).to.be.closeTo(0.5, 0.03)
    seats.delete(edge!)
    await run(2000)
    const left = await run(4000)
    expect(left.reduce((sum, bytes) => sum + bytes)).to.be.at.least(4 * 4 * MB * 0.9)
  })

  it('keeps limits of classes and of each peer, and uses what they leave', async () => {
    limits.peersBytesPerSecond = 2 * MB
    limits.perPeerBytesPerSecond = 1.5 * MB
    listeners(new Listener('edges'), new Listener('peers'), new Listener('peers'))
    const [edge, first, second] = await run(4000)
    expect(edge! / 4).to.be.within(1.38 * MB, 1.5 * MB)
    expect((first! + second!) / 4).to.be.within(1.84 * MB, 2 * MB)
    expect(first! / second!).to.be.closeTo(1, 0.05)
  })

  it('does not count the own network where it is exempt', async () => {
    limits.uploadBytesPerSecond = MB
    listeners(new Listener('lan'), new Listener('peers'))
    const [counted] = await run(2000)
    expect(counted! / 2).to.be.closeTo(0.475 * MB, 0.05 * MB)
    limits.isLanExempt = true
    const [free, limited] = await run(1000)
    expect(free).to.be.greaterThan(10 * MB)
    expect(limited).to.be.within(0.9 * MB, MB)
  })

  it('ends all over a metered link, also what was begun, but to an exempt network', async () => {
    limits.isLanExempt = true
    const [near, far] = listeners(new Listener('lan'), new Listener('peers'))
    await run(200)
    limits.isMetered = true
    server.adapt()
    expect(far!.busyAnswers).to.equal(6)
    near!.bytes = 0
    far!.bytes = 0
    await run(200)
    expect(far!.bytes).to.equal(0)
    expect(near!.bytes).to.be.greaterThan(0)
  })

  it('holds between any givers, to a tenth', async () => {
    const gave = fc.array(fc.integer({ min: 2, max: 500 }), { minLength: 2, maxLength: 5 })
    await fc.assert(fc.asyncProperty(gave, async given => {
      seats = new Map()
      serve(true)
      listeners(...given.map(() => new Listener())).forEach(({ balance }, at) => {
        balance.gaveBytes = given[at]! * MB
      })
      await run(1100)
      const shares = sharesOf(await run(4000))
      const mean = given.reduce((sum, each) => sum + each, 0) / given.length
      const weights = given.map(each => 1 + 3 * each / (each + mean))
      const sum = weights.reduce((all, weight) => all + weight, 0)
      shares.forEach((share, at) => {
        expect(share).to.be.closeTo(weights[at]! / sum, 0.1 * weights[at]! / sum)
      })
      server.stop()
    }), { numRuns: 6, examples: [[[2, 2, 168, 126, 2]]] })
  })
})
