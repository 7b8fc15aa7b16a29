import { expect } from 'chai'
import type { Provider } from '../../daemon/discovery/index.ts'
import { isFirstRequest } from '../../daemon/first-request.ts'
import { somePeer } from './retrieval/fake-exchange.ts'
import { sampleBlock } from './retrieval/fakes.ts'

describe('daemon/first-request', () => {
  const { signal } = new AbortController()

  async function isFirst (found: Array<Pick<Provider, 'role'>>, known: number[] = []) {
    const { cid } = await sampleBlock()
    const peers = await Promise.all(found.map(async (_, n) => await somePeer(n)))
    const providers = {
      async * find () {
        yield * found.map((facts, n): Provider =>
          ({ peer: peers[n]!, addresses: [], via: 'tracker', ...facts }))
      }
    }
    const isServer = (peer: Provider['peer']): boolean => known.some(n => peer.equals(peers[n]!))
    return await isFirstRequest(cid, { providers, isServer }, { signal })
  }

  it('is one when only edges and origins have the title, or nobody', async () => {
    expect(await isFirst([{ role: 'edge' }, { role: 'origin' }])).to.equal(true)
    expect(await isFirst([])).to.equal(true)
  })

  it('is none once a peer has it', async () => {
    expect(await isFirst([{ role: 'edge' }, { role: 'peer' }])).to.equal(false)
  })

  it('takes one of an unknown role for a peer, unless we know better', async () => {
    expect(await isFirst([{}])).to.equal(false)
    expect(await isFirst([{}], [0])).to.equal(true)
  })
})
