/**
 * A relay and two nodes that meet through it, over real sockets.
 */

import { generateKeyPair } from '@libp2p/crypto/keys'
import type { Connection, PrivateKey } from '@libp2p/interface'
import { expect } from 'chai'
import { createHost, type Host } from '../../../protocols/host.ts'
import { MAX_RELAYED_BYTES } from '../../../protocols/limits.ts'
import { isRelayed, type NatInit } from '../../../protocols/nat/index.ts'
import { until } from '../../e2e/network-rig.ts'

const PROTOCOL = '/test/1'

describe('protocols/nat/circuit-relay', () => {
  const hosts: Host[] = []

  async function host (
    nat: NatInit, listen = ['/ip4/127.0.0.1/tcp/0'], key?: PrivateKey
  ): Promise<Host> {
    const privateKey = key ?? await generateKeyPair('Ed25519')
    const made = await createHost({
      privateKey, network: 'test', listen, dht: 'off', isPrivate: true, nat
    })
    hosts.push(made)
    return made
  }

  afterEach(async () => {
    await Promise.all(hosts.splice(0).map(async made => { await made.stop() }))
  })

  /** A relay, a node behind it that counts what it is sent, and a connection to that. */
  async function met (): Promise<{ connection: Connection, received: () => number }> {
    const relay = await host({ kind: 'relay' })
    const anchors = relay.getMultiaddrs().map(String)
    // Without an address of its own it can be met through the relay only.
    const hidden = await host({ kind: 'client', mode: 'nat', anchors }, [])
    let received = 0
    await hidden.handle(PROTOCOL, stream => {
      stream.addEventListener('message', ({ data }) => { received += data.byteLength })
    }, { runOnLimitedConnection: true })
    await hidden.dial(relay.getMultiaddrs())
    await until(() => hidden.getMultiaddrs().some(isRelayed), 'a slot at the relay')
    const other = await host({ kind: 'client', mode: 'direct', anchors })
    const connection = await other.dial(hidden.getMultiaddrs())
    return { connection, received: () => received }
  }

  it('lets two meet that cannot dial each other, for what is made for it only', async () => {
    const { connection } = await met()
    expect(connection.limits).to.not.equal(undefined)
    const refused = await connection.newStream(PROTOCOL).catch((err: Error) => err.name)
    expect(refused).to.equal('LimitedConnectionError')
  })

  it('ends a connection that is used for more than words', async () => {
    const { connection, received } = await met()
    const stream = await connection.newStream(PROTOCOL, { runOnLimitedConnection: true })
    const chunk = new Uint8Array(16 * 1024)
    for (let sent = 0; sent < 4 * MAX_RELAYED_BYTES && stream.status === 'open';) {
      try {
        if (!stream.send(chunk)) await stream.onDrain({ signal: AbortSignal.timeout(2_000) })
      } catch {
        break
      }
      sent += chunk.byteLength
    }
    await until(() => connection.status !== 'open', 'the end of the connection')
    expect(received()).to.be.within(1, MAX_RELAYED_BYTES)
  })

  it('is found again after it was gone', async () => {
    const key = await generateKeyPair('Ed25519')
    const relay = await host({ kind: 'relay' }, undefined, key)
    const addresses = relay.getMultiaddrs()
    const hidden = await host({ kind: 'client', mode: 'nat', anchors: [] }, [])
    await hidden.dial(addresses)
    await until(() => hidden.getMultiaddrs().some(isRelayed), 'a slot at the relay')
    await relay.stop()
    await until(() => !hidden.getMultiaddrs().some(isRelayed), 'no relay that leads to it')
    const listen = [`${addresses[0]}`.replace(/\/p2p\/.*$/, '')]
    await host({ kind: 'relay' }, listen, key)
    await hidden.dial(addresses)
    await until(() => hidden.getMultiaddrs().some(isRelayed), 'a slot at the relay again')
  })
})
