import { expect } from 'chai'
import {
  BlockMismatchError, BlockTooLargeError, DeadlineError, PeerBusyError, PeerGoneError,
  PeerUnreachableError
} from '../../../protocols/errors.ts'
import {
  isWrong, obstacleOf, RELAY_RETRY_MS, repeatedIn
} from '../../../protocols/exchange/obstacle.ts'

const ROUTE = ['us', 'next', 'other', 'holder']

describe('protocols/exchange/obstacle', () => {
  it('is the next hop, whatever it did', () => {
    for (const err of [new PeerGoneError(''), new DeadlineError(''), new BlockTooLargeError('')]) {
      expect(obstacleOf(err, ROUTE)).to.deep.equal({ hop: 'next', retryAfterMs: 0 })
    }
  })

  it('is who the next hop names, when that is behind it in the route', () => {
    const named = (hop: string, retryAfterMs = 0) =>
      obstacleOf(new PeerUnreachableError(hop, retryAfterMs), ROUTE)
    expect(named('other')).to.deep.equal({ hop: 'other', retryAfterMs: 0 })
    expect(named('next', 300)).to.deep.equal({ hop: 'next', retryAfterMs: 300 })
    expect(named('us').hop).to.equal('next')
    expect(named('stranger').hop).to.equal('next')
  })

  it('is ourselves when we have too much under way to the next hop', () => {
    expect(obstacleOf(new PeerBusyError(0), ROUTE))
      .to.deep.equal({ hop: 'us', retryAfterMs: RELAY_RETRY_MS })
  })

  it('is a peer that would be passed twice', () => {
    expect(repeatedIn(ROUTE, 'asker')).to.equal(undefined)
    expect(repeatedIn(ROUTE, 'other')).to.equal('other')
    expect(repeatedIn(['us', 'next', 'us'], 'asker')).to.equal('us')
  })

  it('tells wrong bytes from bad luck', () => {
    expect(isWrong(new BlockMismatchError({} as never))).to.equal(true)
    expect(isWrong(new BlockTooLargeError(''))).to.equal(true)
    expect(isWrong(new PeerGoneError(''))).to.equal(false)
  })
})
