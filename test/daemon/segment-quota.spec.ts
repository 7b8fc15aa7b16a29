import { expect } from 'chai'
import { bytesOf, SegmentQuota } from '../../daemon/segment-quota.ts'
import type { Manifest } from '../../protocols/content/index.ts'
import { spokenLog } from './spoken-log.ts'

const manifest = {} as Manifest

function rig (quota: { quotaBytes: number, quotaSegments: number }) {
  const sizes: number[] = []
  const counted: string[] = []
  const plays = {
    segmentCost: 1000,
    segment: (_: Manifest, rendition: string, n: number) => { counted.push(`${rendition} ${n}`) },
    bytes: (_: Manifest, bytes: number) => { counted.push(`${bytes}`) }
  }
  const store = {
    quotaBytes: bytesOf(quota, plays),
    async setQuota (bytes: number) {
      sizes.push(bytes)
      store.quotaBytes = bytes
    }
  }
  const { log } = spokenLog()
  return { plays, store, sizes, counted, quota: new SegmentQuota({ plays, store, log }, quota) }
}

describe('daemon/segment-quota', () => {
  it('is the larger of bytes and segments', () => {
    expect(rig({ quotaBytes: 5000, quotaSegments: 3 }).store.quotaBytes).to.equal(5000)
    expect(rig({ quotaBytes: 5000, quotaSegments: 7 }).store.quotaBytes).to.equal(7000)
    expect(rig({ quotaBytes: 0, quotaSegments: 7 }).store.quotaBytes).to.equal(7000)
  })

  it('grows and shrinks with the size of the segments played, and counts them', () => {
    const { quota, plays, sizes, counted } = rig({ quotaBytes: 5000, quotaSegments: 3 })
    quota.segment(manifest, '128k', 0, 1)
    expect(sizes).to.deep.equal([])
    plays.segmentCost = 4000
    quota.segment(manifest, '4k', 1, 1)
    quota.segment(manifest, '4k', 2, 1)
    plays.segmentCost = 10
    quota.segment(manifest, '128k', 3, 1)
    quota.bytes(manifest, 77)
    expect(sizes).to.deep.equal([12_000, 5000])
    expect(counted).to.deep.equal(['128k 0', '4k 1', '4k 2', '128k 3', '77'])
  })
})
