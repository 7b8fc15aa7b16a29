import { expect } from 'chai'
import { keepCode, RUN_IN_MS } from '../../../cli/bundle/keep-code.ts'

describe('cli/bundle/keep-code', () => {
  /** A process whose cache was there or not, and how often it was told to keep. */
  function begun (isWarm: boolean) {
    const ends: Array<() => void> = []
    const timers: Array<{ ms: number, then: () => void }> = []
    const life = { kept: 0, uptimeMs: 0 }
    keepCode({
      cache: { isWarm, keep: () => { life.kept++ } },
      onExit: then => { ends.push(then) },
      timer: (ms, then) => { timers.push({ ms, then }) },
      uptimeMs: () => life.uptimeMs
    })
    const until = (ms: number) => {
      life.uptimeMs = ms
      for (const timer of timers.splice(0)) {
        if (timer.ms <= ms) timer.then()
        else timers.push(timer)
      }
      return life.kept
    }
    const endedAt = (ms: number) => {
      until(ms)
      for (const then of ends) then()
      return life.kept
    }
    return { until, endedAt }
  }

  it('keeps what a first process called before it is killed', () => {
    const process = begun(false)
    expect(process.until(RUN_IN_MS - 1)).to.equal(0)
    expect(process.until(RUN_IN_MS)).to.equal(1)
  })

  it('keeps what a first process called, however short', () => {
    expect(begun(false).endedAt(100)).to.equal(1)
  })

  it('leaves what is there to those that ran long', () => {
    expect(begun(true).endedAt(RUN_IN_MS)).to.equal(0)
    expect(begun(true).endedAt(RUN_IN_MS + 1)).to.equal(1)
  })

  it('does not keep in mid-life what was there', () => {
    expect(begun(true).until(10 * RUN_IN_MS)).to.equal(0)
  })
})
