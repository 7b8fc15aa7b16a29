import { expect } from 'chai'
import {
  IDLE_SHARE, idleCollector, IdleCollector, LOOK_MS, WORTH_BYTES
} from '../../daemon/idle-collector.ts'
import { FakeTime, settle } from './retrieval/fake-time.ts'

describe('daemon/idle-collector', () => {
  function rig () {
    const time = new FakeTime()
    const used = { cpuMs: 5_000, heapBytes: 50e6, collections: 0 }
    const made = new IdleCollector({
      cpuMs: () => used.cpuMs,
      heapBytes: () => used.heapBytes,
      collect: async () => {
        used.collections++
        used.heapBytes = 30e6
      },
      timer: time.timer
    })
    return { made, time, used }
  }

  it('collects once a minute has gone by in which little was done', async () => {
    const { made, time, used } = rig()
    made.start()
    used.cpuMs += IDLE_SHARE * LOOK_MS
    await time.advance(LOOK_MS)
    expect(used.collections).to.equal(0)
    used.cpuMs += IDLE_SHARE * LOOK_MS - 1
    await time.advance(LOOK_MS)
    expect(used.collections).to.equal(1)
    made.stop()
  })

  it('collects again when that much has come since, and not before', async () => {
    const { made, time, used } = rig()
    made.start()
    await time.advance(LOOK_MS)
    used.heapBytes += WORTH_BYTES - 1
    await time.advance(LOOK_MS)
    expect(used.collections).to.equal(1)
    used.heapBytes += 1
    await time.advance(LOOK_MS)
    expect(used.collections).to.equal(2)
    made.stop()
  })

  it('looks no more when it is stopped, and once as often when it is started twice', async () => {
    const { made, time, used } = rig()
    made.start()
    made.start()
    expect(time.pending).to.equal(1)
    made.stop()
    await time.advance(2 * LOOK_MS)
    expect([used.collections, time.pending]).to.deep.equal([0, 0])
  })

  it('has this process let go of what nobody holds', async () => {
    const time = new FakeTime()
    const garbage = new WeakRef({ big: new Array(1000).fill('garbage') })
    const made = idleCollector(time.timer)
    made.start()
    // What a WeakRef was made of in this turn is kept to its end.
    await settle()
    expect(garbage.deref()).not.to.equal(undefined)
    await settle()
    await time.advance(LOOK_MS)
    expect(garbage.deref()).to.equal(undefined)
    made.stop()
  })
})
