import { expect } from 'chai'
import { Allowances } from '../../protocols/allowances.ts'

describe('protocols/allowances', () => {
  let now = 0
  const made = (init = {}) =>
    new Allowances({ clock: () => now }, { perSecond: 2, burst: 4, ...init })
  beforeEach(() => { now = 0 })

  it('gives a burst at once, then what is refilled', () => {
    const allowances = made()
    const taken = () =>
      Array.from({ length: 10 }, () => allowances.take('a')).filter(Boolean).length
    expect(taken()).to.equal(4)
    now = 1500
    expect(taken()).to.equal(3)
    now = 60_000
    expect(taken()).to.equal(4)
  })

  it('takes nothing when there is less than asked for', () => {
    const allowances = made()
    expect(allowances.take('a', 5)).to.equal(false)
    expect(allowances.take('a', 4)).to.equal(true)
  })

  it('keeps one from what is another\'s', () => {
    const allowances = made()
    expect(allowances.take('a', 4)).to.equal(true)
    expect(allowances.take('b', 4)).to.equal(true)
    expect(allowances.take('a')).to.equal(false)
  })

  it('remembers no more than it may', () => {
    const allowances = made({ maxKeys: 2 })
    for (const key of ['a', 'b', 'c']) allowances.take(key, 4)
    expect(allowances.take('c')).to.equal(false)
    expect(allowances.take('a', 4)).to.equal(true)
  })

  it('does not take away when the clock goes back', () => {
    now = 10_000
    const allowances = made()
    allowances.take('a', 4)
    now = 0
    expect(allowances.take('a')).to.equal(false)
    now = 10_000
    expect(allowances.take('a')).to.equal(true)
  })
})
