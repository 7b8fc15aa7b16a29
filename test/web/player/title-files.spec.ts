import { defaultLogger } from '@libp2p/logger'
import { expect } from 'chai'
import * as HLS from 'hls-parser'
import { Sessions } from '../../../daemon/retrieval/index.ts'
import { TitleFiles } from '../../../web/player/title-files.ts'
import type { TitleFile } from '../../../web/player/title-url.ts'
import { bench, FakeBroker, FakeSource } from '../../daemon/retrieval/fakes.ts'
import { goldenTitle, type SampleTitle, someBytes } from '../../protocols/content/titles.ts'

const CLIENT = 'a player'

describe('web/player/title-files', () => {
  let title: SampleTitle

  before(async () => { title = await goldenTitle() })

  async function filesOf () {
    const edge = new FakeSource('edge', 'e', title.held)
    const { retrieval, store, time: { clock, timer } } = await bench([new FakeBroker(edge)])
    const sessions = new Sessions({ retrieval, store, clock, timer, logger: defaultLogger() })
    const left: string[] = []
    const files = new TitleFiles({
      retrieval,
      sessions: {
        prime: (...args) => { sessions.prime(...args) },
        request: (...args) => sessions.request(...args),
        leave: (content, rendition, { client } = {}) => {
          left.push(`${client} ${rendition}`)
          sessions.leave(content, rendition, { client: client! })
        }
      }
    })
    const get = (file: TitleFile, client = CLIENT) => files.get(title.id, file, client)
    return { get, sessions, left }
  }
  const segment = (rendition: string, number: number): TitleFile =>
    ({ kind: 'segment', rendition, number })

  it('makes playlists that a player reads', async () => {
    const { get, sessions } = await filesOf()
    const text = async (file: TitleFile): Promise<string> =>
      new TextDecoder().decode((await get(file)).bytes)
    const master = HLS.parse(await text({ kind: 'master' })) as HLS.types.MasterPlaylist
    expect(master.variants.map(({ uri }) => uri))
      .to.deep.equal(['128k/index.m3u8', '360p/index.m3u8'])
    const media = HLS.parse(await text({ kind: 'playlist', rendition: '360p' })) as
      HLS.types.MediaPlaylist
    expect(media.segments.map(({ uri }) => uri)).to.deep.equal(['0.m4s', '1.m4s', '2.m4s'])
    sessions.stop()
  })

  it('gives init sections and segments, each with its type and whose bytes they are', async () => {
    const { get, sessions } = await filesOf()
    const init = await get({ kind: 'init', rendition: '128k' })
    expect([init.type, init.bytes.byteLength]).to.deep.equal(['audio/mp4', 600])
    const given = await get(segment('128k', 3))
    expect(given.bytes).to.deep.equal(someBytes(2500, 3))
    expect(given.deliveries.map(({ source }) => source)).to.deep.equal(['edge', 'edge', 'edge'])
    expect(given.segment).to.deep.include({ rendition: '128k', number: 3, durationMs: 10_005.333 })
    expect((await get(segment('360p', 0))).type).to.equal('video/mp4')
    sessions.stop()
  })

  it('gives bytes that nobody else has, so that a player may take them', async () => {
    const { get, sessions } = await filesOf()
    // Of one block each: nothing has to be put together.
    const first = await get(segment('360p', 0))
    structuredClone(first.bytes, { transfer: [first.bytes.buffer] })
    expect((await get(segment('360p', 0))).bytes).to.deep.equal(someBytes(900, 0))
    sessions.stop()
  })

  it('gives up what is ahead of a bit rate when its player changes to another', async () => {
    const { get, sessions, left } = await filesOf()
    await get(segment('128k', 0))
    await get(segment('128k', 1))
    await get(segment('360p', 0), 'another player')
    expect(left).to.deep.equal([])
    await get(segment('360p', 1))
    expect(left).to.deep.equal([`${CLIENT} 128k`])
    sessions.stop()
  })

  it('gets at once what a player asks for after the master playlist', async () => {
    const { get, sessions, left } = await filesOf()
    await get({ kind: 'master' })
    expect(sessions.size).to.equal(1)
    await get({ kind: 'playlist', rendition: '128k' })
    expect([sessions.size, left]).to.deep.equal([1, []])
    await get({ kind: 'playlist', rendition: '360p' })
    expect([sessions.size, left]).to.deep.equal([1, [`${CLIENT} 128k`]])
    await get(segment('360p', 0))
    // It looks at another bit rate while it plays this one.
    await get({ kind: 'playlist', rendition: '128k' })
    expect([sessions.size, left]).to.deep.equal([1, [`${CLIENT} 128k`]])
    sessions.stop()
  })

  it('says what a title does not have', async () => {
    const { get } = await filesOf()
    for (const file of [segment('128k', 20), segment('96k', 0)]) {
      const err = await get(file).then(() => undefined, (err: Error) => err)
      expect(err?.name).to.equal('NotInManifestError')
    }
  })
})
