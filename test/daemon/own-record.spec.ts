import { multiaddr } from '@multiformats/multiaddr'
import { expect } from 'chai'
import { OwnRecord } from '../../daemon/own-record.ts'
import { openRecord } from '../../protocols/tracker/index.ts'
import { NETWORK, testNode } from '../protocols/tracker/nodes.ts'
import { FakeTime } from './retrieval/fake-time.ts'
import { spokenLog } from './spoken-log.ts'

const { key, peer } = await testNode(1)
const edge = (await testNode(2)).peer
const friend = (await testNode(3)).peer

describe('daemon/own-record', () => {
  const rig = (publicUrl: () => string | undefined = () => undefined) => {
    const time = new FakeTime()
    const { log, lines } = spokenLog()
    const addresses = [multiaddr('/ip4/10.0.0.1/tcp/1')]
    const record = new OwnRecord({
      privateKey: key,
      host: { getMultiaddrs: () => addresses },
      servers: () => [
        { peer: edge, role: 'edge', region: 'eu', url: 'http://a', rttMs: 12 },
        { peer, role: 'edge', region: 'eu', url: 'http://never.measured' }
      ],
      neighbours: () => [{ peer: edge, rttMs: 30 }, { peer: friend, rttMs: 7 }],
      coordinate: () => ({ x: 1, y: -2, heightMs: 3, error: 0.5 }),
      load: () => 0.25,
      publicUrl,
      timer: time.timer,
      log
    }, { network: NETWORK, role: 'edge', region: 'eu', endorsement: undefined })
    const opened = async () => await openRecord(record.envelope!, { network: NETWORK })
    return { time, lines, addresses, record, opened }
  }

  it('says who we are, how to reach us, and how far those we measured are', async () => {
    const { record, opened } = rig(() => 'http://10.0.0.1:8481')
    expect(record.envelope).to.equal(undefined)
    await record.start()
    const { peer: signer, addresses, rtts, ...rest } = await opened()
    expect([signer.equals(peer), addresses.map(String)])
      .to.deep.equal([true, ['/ip4/10.0.0.1/tcp/1']])
    expect(rtts).to.deep.equal(
      [{ peer: edge.toString(), rttMs: 12 }, { peer: friend.toString(), rttMs: 7 }])
    expect(rest).to.deep.include({
      network: NETWORK,
      role: 'edge',
      region: 'eu',
      http: 'http://10.0.0.1:8481',
      coordinate: { x: 1, y: -2, heightMs: 3, error: 0.5 },
      load: 0.25
    })
    await record.stop()
  })

  it('renews the record every ten minutes, with what is so by then', async () => {
    const { record, time, addresses, opened } = rig()
    await record.start()
    await record.start()
    const first = await opened()
    addresses.push(multiaddr('/ip4/10.0.0.2/tcp/2'))
    await time.advance(9 * 60_000)
    expect((await opened()).seq).to.equal(first.seq)
    await time.advance(60_000)
    const second = await opened()
    expect(second.seq).to.be.greaterThan(first.seq)
    expect(second.addresses).to.have.length(2)
    await record.stop()
    expect(time.pending).to.equal(0)
  })

  it('renews the record when told that something has changed', async () => {
    const { record, addresses, opened } = rig()
    await record.start()
    addresses.push(multiaddr('/ip4/10.0.0.2/tcp/2'))
    await record.renew()
    expect((await opened()).addresses).to.have.length(2)
    await record.stop()
  })

  it('keeps the older record when it cannot sign, says so, and tries again', async () => {
    let isDown = false
    const { record, time, lines, opened } = rig(() => {
      if (isDown) throw new Error('the gateway is gone')
      return undefined
    })
    await record.start()
    const { seq } = await opened()
    isDown = true
    await time.advance(10 * 60_000)
    expect((await opened()).seq).to.equal(seq)
    expect(lines.join()).to.contain('failed to renew our record').and.to.contain('gateway is gone')
    isDown = false
    await time.advance(10 * 60_000)
    expect((await opened()).seq).to.be.greaterThan(seq)
    await record.stop()
  })
})
