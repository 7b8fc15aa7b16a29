import type { Connection, DialTransportOptions, Transport } from '@libp2p/interface'
import { multiaddr } from '@multiformats/multiaddr'
import { expect } from 'chai'
import { PunchPort } from '../../../protocols/nat/punch-port.ts'
import { punchingTcp } from '../../../protocols/nat/punching-tcp.ts'
import { somePeer } from '../../daemon/retrieval/fake-exchange.ts'

const [self, bootstrap, other] = [await somePeer(1), await somePeer(2), await somePeer(3)]
const ANCHOR = multiaddr(`/ip4/45.45.0.1/tcp/4483/p2p/${bootstrap}`)
const STRANGER = multiaddr(`/ip4/45.45.0.1/tcp/4001/p2p/${other}`)
const SEEN = multiaddr('/ip4/45.45.1.2/tcp/50123')

/** A transport whose dials end as they are told to; `from` are the local ports asked for. */
function rig (...failures: Array<string | undefined>) {
  const port = new PunchPort({ anchors: [`${ANCHOR}`] })
  const from: Array<number | undefined> = []
  const make = () => () => ({
    dial: async (_address: unknown, { localPort }: { localPort?: number }) => {
      from.push(localPort)
      const code = failures.shift()
      if (code != null) throw Object.assign(new Error(code), { code })
      return {} as Connection
    }
  }) as unknown as Transport
  const transport = punchingTcp(port, make as never)({} as never)
  const dial = async (address = ANCHOR) =>
    await transport.dial(address, { signal: AbortSignal.timeout(1000) } as DialTransportOptions)
  return { port, from, dial }
}

describe('protocols/nat/punching-tcp', () => {
  it('dials bootstraps from the port, and others from any', async () => {
    const { port, from, dial } = rig()
    await dial()
    await dial(STRANGER)
    expect(from).to.deep.equal([port.local, undefined])
  })

  it('has the port know which connections are from it', async () => {
    const { port, dial } = rig()
    port.sawAt(await dial(), SEEN)
    expect(`${port.outer(self)}`).to.equal(`${SEEN}/p2p/${self}`)
  })

  for (const code of ['EADDRINUSE', 'EADDRNOTAVAIL', 'EACCES']) {
    it(`dials from any port after ${code}`, async () => {
      const { port, from, dial } = rig(code)
      const first = port.local
      port.sawAt(await dial(), SEEN)
      expect(from).to.deep.equal([first, undefined])
      expect(`${port.outer(self)}`, 'not from the port').to.not.contain('/tcp/50123/')
    })
  }

  it('fails as the dial does where the port is not to blame', async () => {
    const { from, dial } = rig('ECONNREFUSED')
    expect(await dial().catch((err: Error) => err.message)).to.equal('ECONNREFUSED')
    expect(from).to.have.length(1)
  })
})
