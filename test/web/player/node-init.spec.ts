import { expect } from 'chai'
import { nodeInit } from '../../../web/player/node-init.ts'
import { readOptions } from '../../../web/player/options.ts'

describe('web/player/node-init', () => {
  it('tells the node what the site has set', () => {
    const turn = { urls: 'turn:relay.example', username: 'u', credential: 'c' }
    expect(nodeInit(readOptions({
      servers: ['https://edge.example'],
      quota: '64MB',
      segmentTimeout: '4s',
      cdnFallbackDelay: '300ms',
      maxPeers: 3,
      uploadLimit: '1MB/s',
      region: 'eu',
      stunServers: ['stun:stun.example:3478'],
      turnServers: [turn],
      relayOnly: true,
      minViewers: 5
    }))).to.deep.equal({
      bases: ['https://edge.example'],
      quotaBytes: 64_000_000,
      segmentTimeoutMs: 4_000,
      peerTimeMs: 300,
      maxPeers: 3,
      uploadBytesPerSecond: 1_000_000,
      region: 'eu',
      stunServers: ['stun:stun.example:3478'],
      turnServers: [turn],
      relayOnly: true,
      minViewers: 5
    })
  })

  it('says nothing of what the site has not set, and 0 where it set that', () => {
    expect(nodeInit(readOptions())).to.deep
      .equal({ bases: [], stunServers: [], turnServers: [], relayOnly: false, minViewers: 0 })
    expect(nodeInit(readOptions({ uploadLimit: 0 })).uploadBytesPerSecond).to.equal(0)
  })
})
