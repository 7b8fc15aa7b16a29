import { expect } from 'chai'
import type { CID } from 'multiformats/cid'
import { type CameBlock, PlayedSources } from '../../../web/player/page-metrics.ts'
import { sampleBlock } from '../../daemon/retrieval/fakes.ts'

const SIZE = 1000

describe('web/player/page-metrics', () => {
  let cids: CID[]

  before(async () => {
    cids = await Promise.all([1, 2, 3, 4].map(async seed => (await sampleBlock(seed)).cid))
  })

  const came = (n: number, source: CameBlock['source'], from?: string): CameBlock =>
    ({ cid: cids[n]!, source, bytes: SIZE, ...(from != null && { from }) })
  const segment = (...numbers: number[]) => ({
    content: cids[0]!,
    rendition: '128k',
    number: 0,
    startMs: 0,
    durationMs: 2000,
    blocks: numbers.map(number => ({ cid: cids[number]!, size: SIZE, number }))
  })

  it('says where the blocks of a segment came from when they were fetched', () => {
    const played = new PlayedSources()
    played.came(came(0, 'edge', 'https://edge'))
    played.came(came(1, 'peer', 'a'))
    played.came(came(2, 'peer', 'a'))
    // From the store, when the player asks.
    played.came(came(1, 'cache'))
    const { sources, from } = played.given(segment(0, 1, 2, 3))
    expect(sources).to.deep.equal({ cache: SIZE, peer: 2 * SIZE, edge: SIZE, origin: 0 })
    expect(from).to.deep.equal(['a', 'https://edge'])
  })

  it('adds up what came, what was played, and what no server sent', () => {
    const played = new PlayedSources()
    expect(played.read().offload).to.equal(0)
    played.came(came(0, 'origin', 'https://origin'))
    played.came(came(1, 'peer', 'a'))
    played.came(came(2, 'peer', 'b'))
    played.given(segment(0, 1))
    played.given(segment(3))
    expect(played.read()).to.deep.equal({
      received: { peer: 2 * SIZE, edge: 0, origin: SIZE },
      played: { cache: SIZE, peer: SIZE, edge: 0, origin: SIZE },
      segments: 2,
      offload: 2 / 3
    })
  })
})
