import { expect } from 'chai'
import fc from 'fast-check'
import { AnswerTimes } from '../../../daemon/retrieval/answer-times.ts'

describe('daemon/retrieval/answer-times', () => {
  const having = (...answers: number[]): AnswerTimes => {
    const times = new AnswerTimes()
    answers.forEach(ms => { times.add('peer', ms) })
    return times
  }

  it('calls nothing usual before it has seen some answers', () => {
    expect(having(50, 50, 50).usualMs('peer')).to.equal(0)
  })

  it('comes down to what all take, and up again when all take longer', () => {
    const times = having(...Array(100).fill(50))
    expect(times.usualMs('peer')).to.be.within(50, 60)
    for (let i = 0; i < 20; i++) times.add('peer', 900)
    expect(times.usualMs('peer')).to.be.within(900, 1800)
  })

  it('is not moved far by one that is late', () => {
    const times = having(...Array(50).fill(50), 1000)
    expect(times.usualMs('peer')).to.be.below(1300)
    for (let i = 0; i < 10; i++) times.add('peer', 50)
    expect(times.usualMs('peer')).to.be.below(400)
  })

  it('keeps peers and servers apart', () => {
    const times = having(...Array(20).fill(50))
    expect(times.usualMs('edge')).to.equal(0)
    for (let i = 0; i < 20; i++) times.add(i % 2 === 0 ? 'edge' : 'origin', 300)
    expect(times.usualMs('origin')).to.equal(times.usualMs('edge'))
    expect(times.usualMs('peer')).to.be.below(100)
  })

  it('lies between the shortest answer and five times the longest', () => {
    const answers = fc.array(fc.integer({ min: 1, max: 10_000 }), { minLength: 8, maxLength: 50 })
    fc.assert(fc.property(answers, took => {
      expect(having(...took).usualMs('peer'))
        .to.be.within(Math.min(...took) - 1e-9, 5 * Math.max(...took))
    }))
  })
})
