import { expect } from 'chai'
import { optionsIn, playMarked } from '../../../web/player/marked-media.ts'
import { type PlayerOptions, readOptions } from '../../../web/player/options.ts'

const marked = (dataset: Record<string, string>): HTMLMediaElement =>
  ({ dataset }) as unknown as HTMLMediaElement

describe('web/player/marked-media', () => {
  it('reads options from attributes, each of its kind', () => {
    const options = optionsIn(marked({
      cdnd: 'https://edge.example/hls/a/master.m3u8',
      cdndTrackerUrls: 'https://a.example  https://b.example',
      cdndUploadLimit: '1MB/s',
      cdndMaxPeers: '8',
      cdndRelayOnly: 'true',
      cdndEnabled: 'false',
      other: 'x'
    }))
    expect(options).to.deep.equal({
      trackerUrls: ['https://a.example', 'https://b.example'],
      uploadLimit: '1MB/s',
      maxPeers: 8,
      relayOnly: true,
      enabled: false
    })
    expect(() => readOptions(options)).not.to.throw()
  })

  it('leaves what is wrong to be refused by its name', () => {
    const options = optionsIn(marked({ cdnd: 'x', cdndRelayOnly: 'yes' }))
    expect(() => readOptions(options)).to.throw('relayOnly: "yes" is not true or false')
  })

  it('plays all there are, those of the same options by one player', () => {
    const elements = [
      marked({ cdnd: 'a' }), marked({ cdnd: 'b' }), marked({ cdnd: 'c', cdndMaxPeers: '2' })
    ]
    const players: Array<{ options: PlayerOptions, urls: string[] }> = []
    playMarked({ querySelectorAll: () => elements } as unknown as Document, options => {
      const player = { options, urls: [] as string[] }
      players.push(player)
      return {
        attach: async (_media, url) => {
          player.urls.push(url)
          return { mode: 'hls.js', detach: () => {} }
        }
      }
    })
    expect(players).to.deep.equal([
      { options: {}, urls: ['a', 'b'] }, { options: { maxPeers: 2 }, urls: ['c'] }
    ])
  })
})
