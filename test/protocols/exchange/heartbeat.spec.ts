import { expect } from 'chai'
import type { Timer } from '../../../protocols/clock.ts'
import {
  CALM_FACTOR, Heartbeat, LIVELY_BEATS
} from '../../../protocols/exchange/heartbeat.ts'
import { eventually } from './sample-node.ts'

interface Rig { heartbeat: Heartbeat, pings: number[], failures: Error[], clock: { nowMs: number } }

function rig (intervalMs = 5, timer?: Timer): Rig {
  const made = { pings: [] as number[], failures: [] as Error[], clock: { nowMs: 1000 } }
  const heartbeat = new Heartbeat({
    intervalMs,
    now: () => made.clock.nowMs,
    random: () => 0.5,
    ...(timer != null && { timer }),
    coordinate: () => undefined,
    ping: nonce => { made.pings.push(nonce) },
    fail: error => { made.failures.push(error) }
  })
  return { ...made, heartbeat }
}

describe('protocols/exchange/heartbeat', () => {
  it('smooths the round-trip time by three tenths', () => {
    const { heartbeat, clock, pings } = rig(1e6)
    heartbeat.start()
    expect(heartbeat.rttMs).to.equal(undefined)
    clock.nowMs += 100
    heartbeat.pong(pings[0]!)
    heartbeat.stop()
    expect(heartbeat.rttMs).to.equal(100)
  })

  it('takes the next sample by three tenths', async () => {
    const { heartbeat, clock, pings } = rig()
    heartbeat.start()
    clock.nowMs += 100
    heartbeat.pong(pings[0]!)
    await eventually(() => pings.length === 2, 'a second PING')
    clock.nowMs += 200
    expect(heartbeat.latest).to.deep.equal({ rttMs: 100, count: 1 })
    heartbeat.pong(pings[1]!)
    heartbeat.stop()
    expect(heartbeat.rttMs).to.be.closeTo(130, 0.001)
    expect(heartbeat.latest).to.deep.equal({ rttMs: 200, count: 2 })
  })

  it('fails after two PINGs that nothing answered', async () => {
    const { heartbeat, pings, failures } = rig()
    heartbeat.start()
    await eventually(() => failures.length > 0, 'a failure')
    expect(failures.map(({ name }) => name)).to.deep.equal(['PeerGoneError'])
    expect(pings).to.have.length(2)
  })

  it('does not fail a neighbour whose bytes come while its PONG is late', async () => {
    const { heartbeat, pings, failures } = rig()
    heartbeat.start()
    await eventually(() => {
      heartbeat.heard()
      return pings.length === 5
    }, 'five PINGs')
    heartbeat.pong(pings[0]!)
    heartbeat.stop()
    expect(failures).to.deep.equal([])
  })

  it('fails a neighbour that sends but never answers a PING', async () => {
    const { heartbeat, pings, failures } = rig(1)
    heartbeat.start()
    await eventually(() => {
      heartbeat.heard()
      return failures.length > 0
    }, 'a failure')
    expect(pings).to.have.length(6)
  })

  describe('where nothing is exchanged', () => {
    let next: { ms: number, then: () => void } | undefined
    const timer: Timer = (ms, then) => {
      const made = { ms, then }
      next = made
      return () => { if (next === made) next = undefined }
    }
    let calm: Rig
    beforeEach(() => {
      calm = rig(5_000, timer)
      calm.heartbeat.start()
      for (let beat = 0; beat < LIVELY_BEATS; beat++) beatOnce()
    })

    function beatOnce (): void {
      calm.heartbeat.pong(calm.pings.at(-1)!)
      next!.then()
    }

    it('slows down after a while', () => {
      expect(calm.pings).to.have.length(LIVELY_BEATS + 1)
      expect(next!.ms).to.equal(5_000 * CALM_FACTOR)
      beatOnce()
      expect(next!.ms).to.equal(5_000 * CALM_FACTOR)
    })

    it('asks at once when blocks are exchanged again, and no more than that', () => {
      calm.heartbeat.pong(calm.pings.at(-1)!)
      calm.heartbeat.heard(true)
      calm.heartbeat.heard(true)
      expect(calm.pings).to.have.length(LIVELY_BEATS + 2)
      expect(next!.ms).to.equal(5_000)
      for (let beat = 0; beat < LIVELY_BEATS - 2; beat++) beatOnce()
      calm.heartbeat.heard(true)
      beatOnce()
      expect(next!.ms).to.equal(5_000)
    })

    it('stays slow whatever else is heard', () => {
      calm.heartbeat.heard()
      beatOnce()
      expect(next!.ms).to.equal(5_000 * CALM_FACTOR)
    })

    it('beats no more once it has stopped', () => {
      calm.heartbeat.stop()
      expect(next).to.equal(undefined)
    })
  })

  it('refuses a PONG to no PING, and a second PONG to one', () => {
    const { heartbeat, pings } = rig(1e6)
    heartbeat.start()
    heartbeat.pong(pings[0]!)
    for (const nonce of [pings[0]!, 99]) {
      expect(() => { heartbeat.pong(nonce) })
        .to.throw().with.property('name', 'InvalidMessageError')
    }
    heartbeat.stop()
  })
})
