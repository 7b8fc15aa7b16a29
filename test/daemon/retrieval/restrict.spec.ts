import { expect } from 'chai'
import { restrictTo } from '../../../daemon/retrieval/index.ts'
import { FakeBroker, FakeSource, mute, sampleBlock } from './fakes.ts'
import { FakeTime } from './fake-time.ts'

describe('daemon/retrieval/restrict', () => {
  const kinds = ['peer', 'edge', 'origin'] as const
  const broker = new FakeBroker(...kinds.map(kind => new FakeSource(kind, kind, mute)))

  it('offers sources of one kind and no others', async () => {
    const want = (await sampleBlock()).want(new FakeTime())
    for (const kind of kinds) {
      const offered = restrictTo(kind, broker).sources(want)
      expect(offered.map(({ id }) => id)).to.deep.equal([kind])
    }
  })

  it('passes on the rest', async () => {
    const restricted = restrictTo('origin', broker)
    const { cid, want } = await sampleBlock()
    restricted.ban('peer', 1)
    restricted.seek(cid)
    expect([broker.banned, broker.sought]).to.deep.equal([['peer'], [cid]])
    expect(restricted.isSeeking(cid)).to.equal(false)
    broker.seeking = true
    expect(restricted.isSeeking(cid)).to.equal(true)
    const changed = restricted.changed(want(new FakeTime()), { signal: AbortSignal.timeout(1000) })
    broker.bell.ring()
    await changed
    expect(restricted.name).to.equal(broker.name)
  })
})
