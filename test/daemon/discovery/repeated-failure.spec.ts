import { expect } from 'chai'
import { RepeatedFailure } from '../../../daemon/discovery/repeated-failure.ts'
import { PeerGoneError } from '../../../protocols/errors.ts'

describe('daemon/discovery/repeated-failure', () => {
  it('is news once, and again when it is another', () => {
    const failure = new RepeatedFailure()
    const seen = ['a', 'a', 'b', 'b', 'a'].map(text => failure.isNews(new Error(text)))
    expect(seen).to.deep.equal([true, false, true, false, true])
  })

  it('goes by the name where there is one: its text may change with each try', () => {
    const failure = new RepeatedFailure()
    expect(failure.isNews(new PeerGoneError('port 1'))).to.equal(true)
    expect(failure.isNews(new PeerGoneError('port 2'))).to.equal(false)
    expect(failure.isNews(new TypeError('fetch failed'))).to.equal(true)
    expect(failure.isNews(new TypeError('terminated'))).to.equal(true)
  })

  it('is news again after a success, which says whether there was a failure', () => {
    const failure = new RepeatedFailure()
    expect(failure.isOver()).to.equal(false)
    failure.isNews(new Error('a'))
    expect([failure.isOver(), failure.isOver()]).to.deep.equal([true, false])
    expect(failure.isNews(new Error('a'))).to.equal(true)
  })
})
