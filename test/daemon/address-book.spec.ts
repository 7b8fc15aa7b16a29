import { multiaddr } from '@multiformats/multiaddr'
import { expect } from 'chai'
import { AddressBook } from '../../daemon/address-book.ts'
import { RecordRefusedError } from '../../protocols/errors.ts'
import { FakeNeighbour, somePeer } from './retrieval/fake-exchange.ts'

const [us, other] = await Promise.all([1, 2].map(somePeer))

describe('daemon/address-book', () => {
  const neighbour = (): FakeNeighbour => {
    const made = new FakeNeighbour(us!)
    Object.assign(made, { hello: { ...made.hello, record: Uint8Array.of(1) } })
    return made
  }

  it('tells a few addresses of a signed record, each with the peer once', async () => {
    const addresses = [1, 2, 3, 4, 5].map(port => multiaddr(`/ip4/10.0.0.1/tcp/${port}/p2p/${us}`))
    const book = new AddressBook({ open: async () => ({ peer: us!, addresses }) })
    const known = neighbour()
    await book.add(known)
    expect(book.of(known)).to.deep.equal([1, 2, 3, 4].map(port =>
      `/ip4/10.0.0.1/tcp/${port}/p2p/${us}`))
  })

  it('knows none of a record that is refused, of another peer, or absent', async () => {
    const refusing = new AddressBook({
      open: async () => { throw new RecordRefusedError('signature', 'forged') }
    })
    const addresses = [multiaddr('/ip4/10.0.0.1/tcp/1')]
    const foreign = new AddressBook({ open: async () => ({ peer: other!, addresses }) })
    for (const book of [refusing, foreign]) {
      const known = neighbour()
      await book.add(known)
      expect(book.of(known)).to.deep.equal([])
    }
    const silent = new FakeNeighbour(us!)
    await refusing.add(silent)
    expect(refusing.of(silent)).to.deep.equal([])
  })
})
