import { defaultCrypto } from '@libp2p/noise/crypto'
import { expect } from 'chai'
import fc from 'fast-check'
import { Socket } from 'node:net'
import { Uint8ArrayList } from 'uint8arraylist'
import { noiseCrypto, writeOnceATurn } from '../../protocols/secure-channel.ts'

const NONCE = new Uint8Array(12).fill(3)
const bytes = (maxLength: number) => fc.uint8Array({ maxLength })
const key = fc.uint8Array({ minLength: 32, maxLength: 32 })

/** As it comes from the network, cut in two. */
const inParts = (whole: Uint8Array) =>
  new Uint8ArrayList(whole.subarray(0, 5), whole.subarray(5))

describe('protocols/secure-channel', () => {
  it('encrypts what any Noise decrypts, whole or in parts', () => {
    fc.assert(fc.property(bytes(3000), bytes(40), key, (plaintext, ad, k) => {
      for (const given of [plaintext, inParts(plaintext)]) {
        const ciphertext = noiseCrypto.chaCha20Poly1305Encrypt(given, NONCE, ad, k).subarray()
        const text = defaultCrypto.chaCha20Poly1305Decrypt(ciphertext, NONCE, ad, k)
        expect(text.subarray()).to.deep.equal(plaintext)
      }
    }), { numRuns: 20 })
  })

  it('decrypts what any Noise encrypts, whole or in parts', () => {
    fc.assert(fc.property(bytes(3000), bytes(40), key, (plaintext, ad, k) => {
      const ciphertext = defaultCrypto.chaCha20Poly1305Encrypt(plaintext, NONCE, ad, k).subarray()
      for (const given of [ciphertext, inParts(ciphertext)]) {
        const text = noiseCrypto.chaCha20Poly1305Decrypt(given, NONCE, ad, k)
        expect(Buffer.from(text.subarray()).equals(plaintext)).to.equal(true)
      }
    }), { numRuns: 20 })
  })

  it('refuses a ciphertext with a changed byte, another nonce, other associated data', () => {
    const [k, ad] = [new Uint8Array(32).fill(1), new Uint8Array([9])]
    const ciphertext = noiseCrypto.chaCha20Poly1305Encrypt(new Uint8Array(50), NONCE, ad, k)
    const changed = Uint8Array.from(ciphertext.subarray())
    changed[20]! ^= 1
    const given = ciphertext.subarray()
    const other = new Uint8Array(12)
    expect(() => noiseCrypto.chaCha20Poly1305Decrypt(changed, NONCE, ad, k)).to.throw()
    expect(() => noiseCrypto.chaCha20Poly1305Decrypt(given, other, ad, k)).to.throw()
    expect(() => noiseCrypto.chaCha20Poly1305Decrypt(given, NONCE, NONCE, k)).to.throw()
  })

  it('hands the kernel at once what one turn writes', async () => {
    const socket = new Socket()
    const handed: string[][] = []
    socket._writev = (chunks, done) => {
      handed.push(chunks.map(({ chunk }) => String(chunk)))
      done()
    }
    socket._write = () => { throw new Error('one by one') }
    writeOnceATurn({ socket })
    for (const text of ['a', 'b', 'c']) socket.write(Buffer.from(text))
    await new Promise(resolve => { setImmediate(resolve) })
    socket.write(Buffer.from('d'))
    socket.write(Buffer.from('e'))
    await new Promise(resolve => { setImmediate(resolve) })
    expect(handed).to.deep.equal([['a', 'b', 'c'], ['d', 'e']])
  })

  it('leaves connections alone that are not over TCP', () => {
    expect(() => { writeOnceATurn({}) }).not.to.throw()
  })
})
