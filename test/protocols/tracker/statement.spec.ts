import { expect } from 'chai'
import fc from 'fast-check'
import type { NodeRecord } from '../../../protocols/tracker/index.ts'
import { openStatement, sealStatement } from '../../../protocols/tracker/statement.ts'
import { blockNamed, contentNamed, NETWORK, NOW, refusal, testNode } from './nodes.ts'

const rules = { network: NETWORK, clock: () => NOW }
const renditions = [{ rendition: '128k', held: 3, blocks: 10 }]

describe('protocols/tracker/statement', () => {
  it('carries titles, their completeness and their segments', async () => {
    const { signer, peer } = await testNode(1)
    const titles = [{ content: contentNamed('a'), renditions, segments: [blockNamed('s')] }]
    const statement = await openStatement(await signer.announce(titles), rules)
    expect(statement.kind === 'announce' && statement.titles).to.deep.equal(titles)
    expect(statement.peer.equals(peer)).to.equal(true)
    expect((statement.node as NodeRecord).peer.equals(peer)).to.equal(true)
  })

  it('has a higher sequence number each time, its record included', async () => {
    const { signer } = await testNode(1)
    const seqs: number[] = []
    for (const envelope of [
      await signer.heartbeat(), await signer.withdraw([contentNamed('a')]), await signer.leave()
    ]) {
      const statement = await openStatement(envelope, rules)
      seqs.push(...statement.node == null ? [] : [statement.node.seq], statement.seq)
    }
    expect(seqs).to.deep.equal([...seqs].sort((a, b) => a - b))
    expect(new Set(seqs).size).to.equal(4)
  })

  it('refuses a node that speaks for another', async () => {
    const mine = await testNode(1)
    const theirs = await testNode(2)
    const record = await theirs.signer.record()
    const forged = await sealStatement(
      { kind: 'heartbeat', network: NETWORK, seq: NOW, issuedAtMs: NOW, record }, mine.key
    )
    expect(await refusal(openStatement(forged, rules))).to.equal('RecordRefusedError signer')
  })

  it('refuses another network, a wrong clock and too many bytes', async () => {
    const leave = await (await testNode(1)).signer.leave()
    expect(
      await refusal(openStatement(leave, { ...rules, network: 'other' }))
    ).to.equal('RecordRefusedError network')
    expect(
      await refusal(openStatement(leave, { ...rules, clock: () => NOW - 121_000 }))
    ).to.equal('RecordRefusedError clock')
    expect(
      await refusal(openStatement(leave, { ...rules, clock: () => NOW + 121_000 }))
    ).to.equal('RecordRefusedError clock')
    expect(
      await refusal(openStatement(new Uint8Array(64 * 1024 + 1), rules))
    ).to.equal('RecordRefusedError too-large')
  })

  it('refuses a record as a statement: records travel in public', async () => {
    expect(
      await refusal(openStatement(await (await testNode(1)).signer.record(), rules))
    ).to.equal('InvalidMessageError')
  })

  it('refuses random bytes by name', async () => {
    await fc.assert(fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), async bytes => {
      expect(await refusal(openStatement(bytes, rules))).to.equal('InvalidMessageError')
    }), { numRuns: 100 })
  })
})
