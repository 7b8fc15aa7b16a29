import { expect } from 'chai'
import { listenFailure } from '../../daemon/listen-failure.ts'
import { AddressInUseError, InvalidConfigError } from '../../protocols/errors.ts'

/** As libp2p 3.3 words it. */
const unsupported = (...lines: string[]): Error => Object.assign(
  new Error(`Some configured addresses failed to be listened on, …:\n${lines.map(line =>
    `\n  ${line}\n      at Server.listen (node:net:1:1)\n`).join('')}`),
  { name: 'UnsupportedListenAddressesError' }
)

describe('daemon/listen-failure', () => {
  it('names the addresses that are taken and the flag that sets them', () => {
    const cause = unsupported(
      '/ip4/127.0.0.1/tcp/1: Error: listen EADDRINUSE: address already in use 127.0.0.1:1',
      '/ip4/127.0.0.1/tcp/2: Error: listen EADDRINUSE: address already in use 127.0.0.1:2'
    )
    const err = listenFailure(cause)
    expect(err).to.be.instanceOf(AddressInUseError).and.have.property('cause', cause)
    expect((err as Error).message).to.equal('listen: another program listens on ' +
      '/ip4/127.0.0.1/tcp/1, /ip4/127.0.0.1/tcp/2: choose another port with --listen, ' +
      'or 0 for any free one')
  })

  it('gives the reason for others in one line', () => {
    const err = listenFailure(unsupported('/ip4/203.0.113.1/tcp/1: Error: listen EADDRNOTAVAIL'))
    expect(err).to.be.instanceOf(InvalidConfigError)
    expect((err as Error).message)
      .to.equal('listen: cannot listen on /ip4/203.0.113.1/tcp/1: listen EADDRNOTAVAIL')
  })

  it('leaves every other error as it is', () => {
    const others = [new Error('other'), undefined, 'text']
    for (const err of others) expect(listenFailure(err)).to.equal(err)
  })
})
