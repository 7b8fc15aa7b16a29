import { expect } from 'chai'
import { PageLimits } from '../../../web/node/page-limits.ts'

/** A browser that tells of its line. */
class Line extends EventTarget {
  saveData = false
  type = 'wifi'
}

describe('web/node/page-limits', () => {
  let line: Line

  beforeEach(() => {
    line = new Line()
    Object.defineProperty(navigator, 'connection', { value: line, configurable: true })
  })
  afterEach(() => {
    Reflect.deleteProperty(navigator, 'connection')
  })

  it('uploads what the site allows: all, some, nothing', () => {
    expect(new PageLimits()).to.include({ uploadBytesPerSecond: 0, isMetered: false })
    expect(new PageLimits({ uploadBytesPerSecond: 5 }))
      .to.include({ uploadBytesPerSecond: 5, isMetered: false })
    expect(new PageLimits({ uploadBytesPerSecond: 0 }).isMetered).to.equal(true)
  })

  it('uploads nothing over a mobile network, or where less traffic was asked for', () => {
    const limits = new PageLimits()
    line.type = 'cellular'
    expect(limits.isMetered).to.equal(true)
    line.type = 'wifi'
    line.saveData = true
    expect(limits.isMetered).to.equal(true)
  })

  it('tells when the line has changed, while it is started', () => {
    const limits = new PageLimits()
    let changes = 0
    limits.events.addEventListener('change', () => { changes++ })
    const change = () => line.dispatchEvent(new Event('change'))
    change()
    limits.start()
    change()
    limits.stop()
    change()
    expect(changes).to.equal(1)
  })

  it('takes a browser that does not tell for one on a free line', () => {
    Reflect.deleteProperty(navigator, 'connection')
    const limits = new PageLimits()
    limits.start()
    expect(limits.isMetered).to.equal(false)
    limits.stop()
  })
})
