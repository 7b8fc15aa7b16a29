import type { Connection } from '@libp2p/interface'
import { multiaddr } from '@multiformats/multiaddr'
import { expect } from 'chai'
import { PunchPort } from '../../../protocols/nat/punch-port.ts'
import { somePeer } from '../../daemon/retrieval/fake-exchange.ts'

const [self, bootstrap, other] = [await somePeer(1), await somePeer(2), await somePeer(3)]
const ANCHOR = `/ip4/45.45.0.1/tcp/4483/p2p/${bootstrap}`
const connection = () => ({}) as Connection
const port = (random = () => 0) => new PunchPort({ anchors: [ANCHOR], random })

describe('protocols/nat/punch-port', () => {
  it('takes bootstraps for anchors, and nobody else, nor whom they relay to', () => {
    const isAnchor = (text: string) => port().isAnchor(multiaddr(text))
    expect([ANCHOR, `/ip4/1.2.3.4/tcp/1/p2p/${bootstrap}`].map(isAnchor))
      .to.deep.equal([true, true])
    const others = [`/ip4/1.2.3.4/tcp/1/p2p/${other}`, `${ANCHOR}/p2p-circuit/p2p/${other}`,
      '/ip4/45.45.0.1/tcp/4483']
    expect(others.map(isAnchor)).to.deep.equal([false, false, false])
  })

  it('believes bootstraps where there are some, else anybody', () => {
    expect([bootstrap, other].map(peer => port().isWitness(peer))).to.deep.equal([true, false])
    expect(new PunchPort({ anchors: [] }).isWitness(other)).to.equal(true)
  })

  it('is seen outside where the other end of a connection from it says', () => {
    const made = port()
    expect(made.outer(self)).to.equal(undefined)
    const dialled = connection()
    made.dialled(dialled)
    made.sawAt(dialled, multiaddr('/ip4/45.45.1.2/tcp/50123'))
    expect(`${made.outer(self)}`).to.equal(`/ip4/45.45.1.2/tcp/50123/p2p/${self}`)
  })

  it('is taken to keep its number while only others say at which host they see us', () => {
    const made = port()
    made.sawAt(connection(), multiaddr('/ip4/45.45.1.2/tcp/50123'))
    expect(`${made.outer(self)}`).to.equal(`/ip4/45.45.1.2/tcp/${made.local}/p2p/${self}`)
    const dialled = connection()
    made.dialled(dialled)
    made.sawAt(dialled, multiaddr('/ip6/2001:db8::1/tcp/50123'))
    made.sawAt(connection(), multiaddr('/ip4/9.9.9.9/tcp/1'))
    expect(`${made.outer(self)}`).to.equal(`/ip6/2001:db8::1/tcp/50123/p2p/${self}`)
  })

  it('learns nothing from what is no IP address', () => {
    const made = port()
    made.sawAt(connection(), multiaddr('/dns4/example.org/tcp/1'))
    made.sawAt(connection(), multiaddr('/memory/1'))
    expect(made.outer(self)).to.equal(undefined)
  })

  it('takes another port when its own is taken, below those of outgoing connections', () => {
    let drawn = 0
    const made = port(() => drawn)
    const first = made.local
    drawn = 0.999_999
    made.change()
    expect([first, made.local]).to.deep.equal([16_384, 32_767])
  })
})
