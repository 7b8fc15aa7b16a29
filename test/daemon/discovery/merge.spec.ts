import type { PeerId } from '@libp2p/interface'
import { expect } from 'chai'
import fc from 'fast-check'
import { mergeSources } from '../../../daemon/discovery/index.ts'
import { contentNamed } from '../../protocols/tracker/nodes.ts'
import { collect, peers, ScriptedSource, type Step } from './fakes.ts'

const content = contentNamed('a')
const never = new AbortController().signal
const step = fc.oneof(
  fc.nat(20).map((wait): Step => ({ wait })),
  fc.nat(peers.length - 1).map((give): Step => ({ give }))
)
const script = fc.tuple(fc.array(step, { maxLength: 8 }), fc.boolean())
  .map(([steps, fails]): Step[] => fails ? [...steps, { fail: true }] : steps)
const given = (script: Step[]): number[] => script.flatMap(one => 'give' in one ? [one.give] : [])

describe('daemon/discovery/merge', () => {
  it('gives every peer any source tells of exactly once, whatever fails', async () => {
    await fc.assert(fc.asyncProperty(fc.array(script, { maxLength: 5 }), async scripts => {
      const { find } = mergeSources(scripts.map(one => new ScriptedSource(one)))
      const found = (
        await collect(find(content, { signal: never }))
      ).map(({ peer }) => peer.toString())
      const expected = new Set(scripts.flatMap(given).map(index => peers[index]!.toString()))
      expect(found.sort()).to.deep.equal([...expected].sort())
    }), { numRuns: 60 })
  })

  it('passes on what quick sources tell while another hangs', async () => {
    await fc.assert(fc.asyncProperty(fc.array(
      script, { minLength: 1, maxLength: 4 }
    ), async scripts => {
      const sources = [
        new ScriptedSource([{ hang: true }]), ...scripts.map(one => new ScriptedSource(one))
      ]
      const expected = new Set(scripts.flatMap(given))
      const lifetime = new AbortController()
      let found = 0
      if (expected.size === 0) {
        lifetime.abort()
      }
      for await (const _ of mergeSources(sources).find(content, { signal: lifetime.signal })) {
        if (++found === expected.size) {
          lifetime.abort()
        }
      }
      expect(found).to.equal(expected.size)
    }), { numRuns: 40 })
  })

  it('tells first what comes first', async () => {
    const slow = new ScriptedSource([{ wait: 200 }, { give: 0 }], 'dht')
    const quick = new ScriptedSource([{ give: 1 }, { give: 0 }], 'tracker')
    const found = await collect(mergeSources([slow, quick]).find(content, { signal: never }))
    expect(found.map(({ peer, via }) => [peer, via])).to.deep.equal(
      [[peers[1], 'tracker'], [peers[0], 'tracker']]
    )
  })

  it('ends its sources when nobody listens any more', async () => {
    const source = new ScriptedSource([{ give: 0 }, { hang: true }])
    for await (const _ of mergeSources([source]).find(content, { signal: never })) {
      break
    }
    expect(source.signal?.aborted).to.equal(true)
  })

  it('ends at once when its signal has aborted', async () => {
    const source = new ScriptedSource([{ hang: true }])
    expect(
      await collect(mergeSources([source]).find(content, { signal: AbortSignal.abort() }))
    ).to.deep.equal([])
  })

  it('ends a source that tells of ever new peers', async () => {
    const many = Array.from({ length: 1030 }, (_, i) => ({ toString: () => `peer ${i}` }) as PeerId)
    const endless = { name: 'dht' as const, find: async function * () {
      for (const peer of many) {
        yield { peer, addresses: [], via: 'dht' as const }
      }
    } }
    expect(
      await collect(mergeSources([endless]).find(content, { signal: never }))
    ).to.have.length(1024)
  })
})
