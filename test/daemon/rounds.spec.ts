import { expect } from 'chai'
import { Rounds } from '../../daemon/rounds.ts'
import { FakeTime } from './retrieval/fake-time.ts'
import { spokenLog } from './spoken-log.ts'

const PAUSE_MS = 1000

describe('daemon/rounds', () => {
  function rig (round: (signal: AbortSignal) => Promise<void> = async () => {}) {
    const time = new FakeTime()
    const { log, lines } = spokenLog()
    const seen = { rounds: 0, pauseMs: PAUSE_MS }
    const rounds = new Rounds(
      { timer: time.timer, log }, { pauseMs: () => seen.pauseMs, failure: 'cannot yet' },
      async signal => {
        seen.rounds++
        await round(signal)
      })
    return { rounds, seen, lines, time }
  }

  it('does one at once, and another after each pause, as long as it is then', async () => {
    const { rounds, seen, time } = rig()
    rounds.start()
    rounds.start()
    await time.advance(PAUSE_MS - 1)
    expect(seen.rounds).to.equal(1)
    seen.pauseMs = 2 * PAUSE_MS
    await time.advance(2)
    expect(seen.rounds).to.equal(2)
    await time.advance(PAUSE_MS)
    expect(seen.rounds).to.equal(2)
    await rounds.stop()
  })

  it('does the next at once when it is woken', async () => {
    const { rounds, seen, time } = rig()
    rounds.start()
    await time.advance(1)
    rounds.wake()
    await time.advance(1)
    expect(seen.rounds).to.equal(2)
    await rounds.stop()
  })

  it('goes on after a failure, and tells of the same one once', async () => {
    const failures = [new Error('a'), new Error('a'), undefined, new Error('a')]
    const { rounds, lines, time } = rig(async () => {
      const failure = failures.shift()
      if (failure != null) throw failure
    })
    rounds.start()
    for (let i = 0; i < 4; i++) await time.advance(PAUSE_MS)
    expect(lines).to.deep.equal(['cannot yet: a', 'cannot yet: a'])
    await rounds.stop()
  })

  it('ends the round under way when it stops, says nothing of it and starts no other', async () => {
    const { rounds, seen, lines, time } = rig(async signal => {
      await new Promise((_, reject) => {
        signal.addEventListener('abort', () => { reject(signal.reason) }, { once: true })
      })
    })
    rounds.start()
    await time.advance(1)
    await rounds.stop()
    await rounds.stop()
    rounds.wake()
    await time.advance(10 * PAUSE_MS)
    expect([seen.rounds, lines]).to.deep.equal([1, []])
  })
})
