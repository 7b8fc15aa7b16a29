import { type Multiaddr, multiaddr } from '@multiformats/multiaddr'
import { expect } from 'chai'
import { AddressNews, type AddressNewsComponents } from '../../daemon/address-news.ts'

describe('daemon/address-news', () => {
  const rig = () => {
    const host = Object.assign(new EventTarget(), {
      addresses: [multiaddr('/ip4/10.0.0.1/tcp/1')],
      getMultiaddrs: (): Multiaddr[] => host.addresses
    })
    const told: string[] = []
    const news = new AddressNews({
      host: host as unknown as AddressNewsComponents['host'],
      record: { renew: async () => { told.push('record') } },
      announcer: { renew: () => { told.push('trackers') } }
    })
    const update = () => { host.dispatchEvent(new Event('self:peer:update')) }
    return { host, told, news, update }
  }

  it('tells at once of other addresses, and of nothing else about us', () => {
    const { host, told, news, update } = rig()
    news.start()
    update()
    expect(told).to.deep.equal([])
    host.addresses = [...host.addresses, multiaddr('/ip4/10.0.0.2/tcp/1')]
    update()
    update()
    expect(told).to.deep.equal(['trackers', 'record'])
  })

  it('says nothing once stopped', () => {
    const { host, told, news, update } = rig()
    news.start()
    news.stop()
    host.addresses = []
    update()
    expect(told).to.deep.equal([])
  })
})
