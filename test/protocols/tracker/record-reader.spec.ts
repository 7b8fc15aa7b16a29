import { expect } from 'chai'
import { MAX_KNOWN_RECORDS, RecordReader } from '../../../protocols/tracker/record-reader.ts'
import { NETWORK, NOW, refusal, testNode } from './nodes.ts'

describe('protocols/tracker/record-reader', () => {
  async function reading () {
    const time = { nowMs: NOW }
    const clock = () => time.nowMs
    const { signer } = await testNode(1, {}, clock)
    const envelope = await signer.record()
    return { time, envelope, reader: new RecordReader({ network: NETWORK, clock }) }
  }

  it('gives the same record for the same bytes', async () => {
    const { reader, envelope } = await reading()
    const record = await reader.open(envelope)
    expect(await reader.open(envelope.slice())).to.equal(record)
  })

  it('believes no bytes that only end like those it knows', async () => {
    const { reader, envelope } = await reading()
    await reader.open(envelope)
    for (const at of [60, envelope.byteLength - 40]) {
      const forged = Uint8Array.from(envelope)
      forged[at] = forged[at]! ^ 1
      expect(await refusal(reader.open(forged)))
        .to.be.oneOf(['RecordRefusedError signature', 'InvalidMessageError'])
    }
  })

  it('forgets what a node said before, and nobody for what another says', async () => {
    const { reader, envelope } = await reading()
    const record = await reader.open(envelope)
    const { signer } = await testNode(2)
    const before = await signer.record()
    const old = await reader.open(before)
    for (let i = 0; i < MAX_KNOWN_RECORDS; i++) await reader.open(await signer.record())
    expect(await reader.open(envelope)).to.equal(record)
    expect(await reader.open(before)).not.to.equal(old)
  })

  it('keeps no RTTs', async () => {
    const { signer } = await testNode(1, { rtts: [{ peer: 'landmark', rttMs: 12.5 }] })
    const reader = new RecordReader({ network: NETWORK, clock: () => NOW })
    expect((await reader.open(await signer.record())).rtts).to.deep.equal([])
  })

  it('holds the rules each time', async () => {
    const { reader, envelope, time } = await reading()
    await reader.open(envelope)
    time.nowMs += 3_600_001
    expect(await refusal(reader.open(envelope))).to.equal('RecordRefusedError clock')
  })
})
