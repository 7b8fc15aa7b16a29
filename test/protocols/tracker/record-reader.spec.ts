import { expect } from 'chai'
import { RecordReader } from '../../../protocols/tracker/record-reader.ts'
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

  it('holds the rules each time', async () => {
    const { reader, envelope, time } = await reading()
    await reader.open(envelope)
    time.nowMs += 3_600_001
    expect(await refusal(reader.open(envelope))).to.equal('RecordRefusedError clock')
  })
})
