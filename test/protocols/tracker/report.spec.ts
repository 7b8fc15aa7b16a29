import { readFileSync } from 'node:fs'
import { encode } from '@ipld/dag-cbor'
import { expect } from 'chai'
import fc from 'fast-check'
import { MAX_REPORT_BYTES } from '../../../protocols/limits.ts'
import { decodeReport, encodeReport, type NodeReport } from '../../../protocols/tracker/report.ts'
import {
  noCounts, START_BOUNDS_MS, START_CLASSES, startClass
} from '../../../protocols/tracker/report-counts.ts'
import { contentNamed, NOW, refusal, testNode } from './nodes.ts'

const golden = JSON.parse(
  readFileSync(new URL('../../fixtures/tracker/golden.json', import.meta.url), 'utf8')
)
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')

const starts = Array.from({ length: START_CLASSES }, (_, i) => i === 3 ? 2 : 0)
const report: NodeReport = {
  sinceMs: NOW,
  counts: { ...noCounts(), local: 10, peer: 70, edge: 20, given: 90, mediaMs: 6_000 },
  starts,
  holds: [{ content: contentNamed('a'), rendition: '128k', parts: Uint8Array.of(255, 128, 0) }]
}
const refused = async (bytes: Uint8Array): Promise<string> =>
  await refusal((async () => decodeReport(bytes))())

describe('protocols/tracker/report', () => {
  it('has the agreed bytes, and so has the heartbeat it rides in', async () => {
    expect(hex(encodeReport(report))).to.equal(golden.report)
    expect(decodeReport(Buffer.from(golden.report, 'hex'))).to.deep.equal(report)
    const { signer } = await testNode(1)
    expect(hex(await signer.heartbeat(encodeReport(report)))).to.equal(golden.heartbeat)
  })

  it('leaves out what is nothing', () => {
    const idle = { sinceMs: NOW, counts: noCounts(), starts: [], holds: [] }
    expect(encodeReport(idle).byteLength).to.be.lessThan(32)
    expect(decodeReport(encodeReport(idle)).starts).to.have.length(START_CLASSES)
  })

  it('counts a start-up among those of its length', () => {
    expect([0, 25, 26, 10_000, 10_001].map(startClass)).to.deep.equal([0, 0, 1, 14, 15])
    expect(START_BOUNDS_MS.toSorted((a, b) => a - b)).to.deep.equal([...START_BOUNDS_MS])
  })

  it('keeps within its bytes, whatever a node holds', () => {
    const parts = new Uint8Array(64).fill(7)
    const rendition = 'x'.repeat(64)
    const holds = Array.from({ length: 50 }, (_, i) =>
      ({ content: contentNamed(`${i}`), rendition, parts }))
    const most = Number.MAX_SAFE_INTEGER
    const counts = Object.fromEntries(Object.keys(noCounts()).map(name => [name, most * 2]))
    const bytes = encodeReport({
      ...report, counts: counts as NodeReport['counts'], starts: starts.map(() => most), holds
    })
    expect(bytes.byteLength).to.be.lessThan(MAX_REPORT_BYTES)
    expect(decodeReport(bytes).holds).to.have.length(8)
    expect(decodeReport(bytes).counts.wasted).to.equal(most)
  })

  it('refuses what is none by name', async () => {
    const with_ = (fields: object): Uint8Array => encode({ sinceMs: 1, counts: {}, ...fields })
    expect(await refused(with_({}))).to.equal('nothing')
    for (const bytes of [
      with_({ counts: { peer: -1 } }), with_({ counts: { peer: 1.5 } }), with_({ sinceMs: 'x' }),
      with_({ starts: Array.from({ length: 17 }, () => 1) }),
      with_({ holds: [{ content: contentNamed('a'), rendition: 'a', parts: new Uint8Array(65) }] }),
      with_({ unknown: 'x'.repeat(MAX_REPORT_BYTES) })
    ]) expect(await refused(bytes)).to.equal('InvalidMessageError')
    await fc.assert(fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), async bytes => {
      expect(await refused(bytes)).to.equal('InvalidMessageError')
    }), { numRuns: 100 })
  })
})
