import { expect } from 'chai'
import type { Connection, DialTransportOptions } from '@libp2p/interface'
import { multiaddr } from '@multiformats/multiaddr'
import { dialAgain, MAX_TRIES } from '../../../web/node/swarm/dial-again.ts'

const address = multiaddr('/ip4/10.0.0.1/tcp/1')
const connection = {} as Connection
const REACH_MS = 5

/** Dials that end as they are told to: 'hang' once both have spoken, 'fail', or 'reach'. */
function dialling (...ends: Array<'hang' | 'fail' | 'reach'>) {
  let tried = 0
  const dial = async (_address: unknown, options: DialTransportOptions): Promise<Connection> => {
    const end = ends[tried++]
    options.onProgress?.(new CustomEvent('webrtc:read-ice-candidates'))
    if (end === 'fail') throw new Error('refused')
    if (end === 'reach') return connection
    return await new Promise((_resolve, reject) => {
      options.signal.addEventListener('abort', () => { reject(options.signal.reason) })
    })
  }
  const outer = new AbortController()
  const options = { signal: outer.signal } as DialTransportOptions
  const result = dialAgain(dial, address, options, REACH_MS)
    .then(found => found === connection ? 'connected' : 'lost', (err: Error) => err.message)
  return { result, outer, tries: () => tried }
}

describe('web/node/swarm/dial-again', () => {
  it('dials once where that is enough, and does not repeat what was refused', async () => {
    const reached = dialling('reach')
    expect([await reached.result, reached.tries()]).to.deep.equal(['connected', 1])
    const refused = dialling('fail', 'reach')
    expect([await refused.result, refused.tries()]).to.deep.equal(['refused', 1])
  })

  it('dials anew when the two agreed and did not reach each other', async () => {
    const { result, tries } = dialling('hang', 'hang', 'reach')
    expect([await result, tries()]).to.deep.equal(['connected', 3])
  })

  it('gives the last try all the time that the caller has', async () => {
    const { result, outer, tries } = dialling('hang', 'hang', 'hang', 'reach')
    setTimeout(() => { outer.abort(new Error('too late')) }, 6 * REACH_MS)
    expect([await result, tries()]).to.deep.equal(['too late', MAX_TRIES])
  })

  it('ends with the caller', async () => {
    const { result, outer, tries } = dialling('hang', 'reach')
    outer.abort(new Error('no more'))
    expect([await result, tries()]).to.deep.equal(['no more', 1])
  })
})
