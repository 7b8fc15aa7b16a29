import { expect } from 'chai'
import fc from 'fast-check'
import { type PlayerOptions, readOptions } from '../../../web/player/options.ts'

const refusal = (options: unknown): string => {
  try {
    readOptions(options as PlayerOptions)
  } catch (err) {
    expect((err as Error).name).to.equal('InvalidArgumentError')
    return (err as Error).message
  }
  throw new Error(`${JSON.stringify(options)} was taken`)
}

describe('web/player/options', () => {
  it('has a default for everything', () => {
    const { consent, isShared, ...rest } = readOptions()
    expect(rest).to.deep.equal({
      isEnabled: true,
      trackerUrls: [],
      servers: [],
      stunServers: [],
      turnServers: [],
      isRelayOnly: false,
      minViewers: 0,
      joinAfterSegments: 1
    })
    expect([consent(), isShared('bafy')]).to.deep.equal([true, true])
  })

  it('reads numbers, and what people write', () => {
    expect(readOptions({
      segmentTimeout: '4s', cdnFallbackDelay: 500, uploadLimit: '2MB/s', quota: '64MB', maxPeers: 8
    })).to.deep.include({
      segmentTimeoutMs: 4000,
      fallbackDelayMs: 500,
      uploadBytesPerSecond: 2_000_000,
      quotaBytes: 64_000_000,
      maxPeers: 8
    })
    expect(readOptions({ uploadLimit: 0 }).uploadBytesPerSecond).to.equal(0)
    expect(readOptions({ uploadLimit: 'unlimited' })).not.to.have.property('uploadBytesPerSecond')
  })

  it('takes of a server its host and port', () => {
    const { trackerUrls, servers } = readOptions({
      trackerUrls: ['https://meet.example/'], servers: ['http://edge:8480/songs?x']
    })
    expect([...trackerUrls, ...servers]).to.deep.equal(['https://meet.example', 'http://edge:8480'])
  })

  it('takes TURN servers with and without credentials', () => {
    const turnServers = [
      { urls: 'turn:a:3478', username: 'u', credential: 'c' }, { urls: ['turns:b', 'turn:b'] }
    ]
    expect(readOptions({ turnServers }).turnServers).to.deep.equal(turnServers)
  })

  const refused: Array<[unknown, string]> = [
    [null, 'options: give an object'],
    [{ enabled: 'yes' }, 'enabled: "yes" is not true or false'],
    [{ maxPeers: 0 }, 'maxPeers: 0 is not a whole number: write 1 … 64'],
    [{ maxPeers: 2.5 }, 'maxPeers: 2.5 is not'],
    [{ segmentTimeout: '4 parsecs' }, 'segmentTimeout: "4 parsecs" is not a time span: write'],
    [{ segmentTimeout: 1 }, 'segmentTimeout: 1 is not a time span: write 1000 … 60000'],
    [{ cdnFallbackDelay: -1 }, 'cdnFallbackDelay: -1 is not'],
    [{ uploadLimit: 'fast' }, 'uploadLimit: "fast" is not a rate: write'],
    [{ uploadLimit: Number.NaN }, 'uploadLimit: NaN is not a rate'],
    [{ quota: 5 }, 'quota: 5 is not a size'],
    [{ trackerUrls: 'https://a' }, 'trackerUrls: "https://a" is not a list: write […]'],
    [{ trackerUrls: ['ws://a'] }, 'trackerUrls: "ws://a" is not a URL: write http://…'],
    [{ servers: ['//'] }, 'servers: "//" is not a URL'],
    [{ stunServers: ['a:1'] }, 'stunServers: "a:1" is not the URL of a STUN or TURN server'],
    [{ turnServers: ['turn:a'] }, 'turnServers: undefined is not the URL of a STUN or TURN'],
    [{ turnServers: [{ urls: 'turn:a', username: 1 }] }, 'turnServers: [object Object] is not a'],
    [{ relayOnly: 1 }, 'relayOnly: 1 is not true or false'],
    [{ minViewers: -1 }, 'minViewers: -1 is not a whole number: write 0'],
    [{ region: 'a b' }, 'region: "a b" is not a region'],
    [{ consent: true }, 'consent: true is not a function'],
    [{ isShared: 'all' }, 'isShared: "all" is not a function'],
    [{ maxPeers: Object.create(null) }, 'maxPeers: an object is not a whole number'],
    [{ maxPeer: 3 }, 'maxPeer: there is no such option: there are enabled, trackerUrls']
  ]
  for (const [options, says] of refused) {
    it(`refuses ${JSON.stringify(options)}, and says what to write`, () => {
      expect(refusal(options)).to.include(says)
    })
  }

  it('throws only InvalidArgumentError, whatever it is given', () => {
    const names = ['enabled', 'maxPeers', 'turnServers', 'quota', 'servers', 'consent', 'region']
    fc.assert(fc.property(fc.constantFrom(...names), fc.anything(), (name, value) => {
      try {
        readOptions({ [name]: value })
      } catch (err) {
        expect((err as Error).name).to.equal('InvalidArgumentError')
      }
    }))
  })
})
