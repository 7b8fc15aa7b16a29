import { expect } from 'chai'
import fc from 'fast-check'
import { FrequencySketch } from '../../../daemon/store/frequency-sketch.ts'
import { keyNamed } from '../../contracts/eviction-policy.ts'

describe('daemon/store/frequency-sketch', () => {
  it('never counts too low while nothing was halved, and stops at 15', () => {
    fc.assert(fc.property(fc.array(fc.nat(40), { maxLength: 300 }), names => {
      const sketch = new FrequencySketch()
      for (const name of names) sketch.use(keyNamed(name))
      for (const name of new Set(names)) {
        const uses = names.filter(other => other === name).length
        expect(sketch.count(keyNamed(name))).to.be.within(Math.min(uses, 15), 15)
      }
    }), { numRuns: 30 })
  })

  it('counts nothing for what was not used', () => {
    const sketch = new FrequencySketch()
    for (let i = 0; i < 50; i++) sketch.use(keyNamed(i))
    expect(sketch.count(keyNamed('other'))).to.equal(0)
  })

  it('keeps its counts when it is made wider', () => {
    const sketch = new FrequencySketch()
    for (let i = 0; i < 9; i++) sketch.use(keyNamed('hit'))
    sketch.fit(20_000)
    expect(sketch.count(keyNamed('hit'))).to.equal(9)
    expect(sketch.count(keyNamed('other'))).to.equal(0)
  })

  it('halves what it counted after two uses a counter', () => {
    const sketch = new FrequencySketch()
    for (let i = 0; i < 12; i++) sketch.use(keyNamed('hit'))
    const before = sketch.count(keyNamed('hit'))
    for (let i = 0; i < 2048 - 12; i++) sketch.use(keyNamed('other'))
    expect([before, sketch.count(keyNamed('hit'))]).to.deep.equal([12, 6])
  })
})
