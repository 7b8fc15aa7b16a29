import { expect } from 'chai'
import fc from 'fast-check'
import { backboneTopic, cellOf, topicOf } from '../../../protocols/rtt/index.ts'

describe('protocols/rtt/topic', () => {
  it('names the topics of a region, a cell, and the backbone', () => {
    expect(topicOf('main', 'eu')).to.equal('/cdnd/main/rtt/1/eu')
    expect(topicOf('main', 'eu', '01')).to.equal('/cdnd/main/rtt/1/eu/01')
    expect(backboneTopic('main')).to.equal('/cdnd/main/rtt-backbone/1')
  })

  it('is another topic for each network, region and cell, whatever their names', () => {
    const part = fc.string({ unit: fc.constantFrom('a', '/', '1', '%', '-'), maxLength: 4 })
    const cell = fc.string({ unit: fc.constantFrom('0', '1'), maxLength: 3 })
    const place = fc.tuple(part, part, cell)
    fc.assert(fc.property(place, place, (one, other) => {
      const isSame = one.every((name, at) => name === other[at])
      expect(topicOf(...one) === topicOf(...other)).to.equal(isSame)
      expect(topicOf(...one)).not.to.equal(backboneTopic(other[0]))
    }))
  })

  it('splits a region by the first bits of short IDs', () => {
    expect(cellOf('a7f0000000000000', 0)).to.equal('')
    expect(cellOf('a7f0000000000000', 3)).to.equal('101')
    expect(cellOf('a7f0000000000000', 6)).to.equal('101001')
  })
})
