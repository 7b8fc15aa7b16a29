import { expect } from 'chai'
import fc from 'fast-check'
import { KnownSigners } from '../../bootstrap/known-signers.ts'
import { openEnvelope } from '../../protocols/tracker/envelope.ts'
import { refusal, testNode } from '../protocols/tracker/nodes.ts'

describe('bootstrap/known-signers', () => {
  it('knows a signer again, and takes what it signed and nothing else', async () => {
    const signers = new KnownSigners()
    const { key, peer } = await testNode(1)
    const signer = signers.of(key.publicKey.raw)
    expect(signer.peer.equals(peer)).to.equal(true)
    const message = new TextEncoder().encode('hello')
    const signature = await key.sign(message)
    expect(await signer.verify(new Uint8Array(5), signature)).to.equal(false)
    expect(signers.of(key.publicKey.raw), 'after a forgery').not.to.equal(signer)
    expect(await signer.verify(message, signature)).to.equal(true)
    expect(signers.of(Uint8Array.from(key.publicKey.raw)), 'afterwards').to.equal(signer)
    const other = signers.of((await testNode(2)).key.publicKey.raw)
    expect(await other.verify(message, signature)).to.equal(false)
  })

  it('judges every envelope as libp2p does', async () => {
    const signers = new KnownSigners()
    const envelope = await (await testNode(1)).signer.record()
    await fc.assert(fc.asyncProperty(
      fc.nat(envelope.length - 1), fc.nat(255), async (at, flip) => {
        const bytes = Uint8Array.from(envelope)
        bytes[at] = bytes[at]! ^ flip
        const ours = await refusal(openEnvelope(bytes, 65_536, key => signers.of(key)))
        expect(ours).to.equal(await refusal(openEnvelope(bytes)))
      }), { numRuns: 60 })
  })
})
