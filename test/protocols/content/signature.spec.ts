import { generateKeyPair } from '@libp2p/crypto/keys'
import { expect } from 'chai'
import fc from 'fast-check'
import { type ContentRoot, signRoot, verifyRoot } from '../../../protocols/content/index.ts'
import { publisherKey, refusal, sampleTitle, strangerKey } from './titles.ts'

const { root } = await sampleTitle(1)
const { signature, ...unsigned } = root

describe('protocols/content/signature', () => {
  it('is the same for the same root and key', async () => {
    expect(await signRoot(unsigned, publisherKey)).to.deep.equal(root)
  })

  it('takes a root its publisher signed', async () => {
    await verifyRoot(root)
    await verifyRoot(root, { publisher: publisherKey.publicKey.raw })
  })

  it('refuses a signature with any bit changed', async () => {
    await fc.assert(fc.asyncProperty(fc.nat(63), fc.nat(7), async (at, bit) => {
      const forged = { ...root, signature: signature.with(at, signature[at]! ^ 1 << bit) }
      expect(await refusal(() => verifyRoot(forged))).to.equal('InvalidSignatureError')
    }), { numRuns: 30 })
  })

  it('refuses a root with any field changed', async () => {
    const changes: Array<Partial<ContentRoot>> = [
      { title: 'Another' },
      { kind: 'live' },
      { renditions: root.renditions.map(rendition => ({ ...rendition, bandwidth: 1 })) },
      { encryption: { method: 'AES-128', keyUri: 'key' } },
      { publisher: strangerKey.publicKey.raw }
    ]
    for (const change of changes) {
      const name = await refusal(() => verifyRoot({ ...root, ...change }))
      expect(name, Object.keys(change).join()).to.equal('InvalidSignatureError')
    }
  })

  it('refuses any 32 bytes that are not the publisher\'s key', async () => {
    const keys = fc.uint8Array({ minLength: 32, maxLength: 32 })
    await fc.assert(fc.asyncProperty(keys, async publisher => {
      const name = await refusal(() => verifyRoot({ ...root, publisher }))
      expect(name).to.equal('InvalidSignatureError')
    }), { numRuns: 30 })
  })

  it('refuses a root well signed by another publisher than the one asked for', async () => {
    const stranger = strangerKey.publicKey.raw
    const theirs = await signRoot({ ...unsigned, publisher: stranger }, strangerKey)
    await verifyRoot(theirs)
    const name = await refusal(() => verifyRoot(theirs, { publisher: publisherKey.publicKey.raw }))
    expect(name).to.equal('WrongPublisherError')
  })

  it('signs only with the Ed25519 key of the publisher named', async () => {
    expect(await refusal(() => signRoot(unsigned, strangerKey))).to.equal('InvalidArgumentError')
    const key = await generateKeyPair('secp256k1')
    const name = await refusal(() => signRoot({ ...unsigned, publisher: key.publicKey.raw }, key))
    expect(name).to.equal('InvalidArgumentError')
  })
})
