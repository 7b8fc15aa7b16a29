import { readFile, readdir } from 'node:fs/promises'
import { expect } from 'chai'
import fc from 'fast-check'
import { CID } from 'multiformats/cid'
import {
  type Body, DATA_BYTES, decodeHeader, encodeMessage, type FrameKind, type Message
} from '../../../protocols/exchange/message.ts'
import { FrameReader } from '../../../protocols/frame.ts'
import { MAX_DATA_BYTES, MAX_DELTA_BLOCKS, MAX_PROVIDERS } from '../../../protocols/limits.ts'

const FIXTURES = new URL('../../fixtures/exchange/', import.meta.url)
const cid = CID.parse('bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku').bytes

/** Every kind of frame, with all its fields set: what stands in the fixtures, byte for byte. */
const GOLDEN: { [K in FrameKind]: { body: Body<K>, payload?: Uint8Array } } = {
  hello: {
    body: {
      network: 'main', role: 1, region: 'eu', uploadBytesPerSecond: 1_000_000, maxWants: 256,
      features: ['relay'], record: Uint8Array.of(1, 2, 3)
    }
  },
  interest: { body: { channel: 1, content: cid, ticket: Uint8Array.of(7), closed: false } },
  have: {
    body: {
      channel: 1, rendition: 'audio-128k', base: 300, bitfield: Uint8Array.of(0b1011, 0xff),
      held: [4, 1000], loading: [5], gone: [6, 0], first: true, last: true
    }
  },
  want: {
    body: {
      id: 300, channel: 1, cid, size: 262_144, offset: 4096, priority: 2, deadlineMs: 2500,
      route: ['12D3', 'Qm'], again: true, keeper: 1, content: cid
    }
  },
  data: { body: { id: 300, offset: 65_408, total: 262_144 }, payload: Uint8Array.of(0xca, 0xfe) },
  missing: { body: { id: 300 } },
  busy: {
    body: { id: 300, retryAfterMs: 200, providers: ['/ip4/10.0.0.1/tcp/1/p2p/12D3', '/p2p/Qm'] }
  },
  cancel: { body: { id: 300 } },
  ping: { body: { nonce: 4_294_967_295 } },
  pong: { body: { nonce: 7, place: Uint8Array.of(0, 0, 0, 1, 0xff, 0xff) } },
  unreachable: { body: { id: 300, hop: '12D3', retryAfterMs: 200 } }
}
const KINDS = Object.keys(GOLDEN) as FrameKind[]

const hex = (bytes: Uint8Array): string =>
  Array.from(bytes, byte => byte.toString(16).padStart(2, '0')).join('')
const bytesOf = (text: string): Uint8Array =>
  Uint8Array.from(text.match(/../g) ?? [], pair => Number.parseInt(pair, 16))

const encoded = (kind: FrameKind): Uint8Array => {
  const { body, payload } = GOLDEN[kind]
  return encodeMessage(kind, body, payload).subarray()
}

function decoded (bytes: Uint8Array): { messages: Array<Message | undefined>, payload: number[] } {
  const messages: Array<Message | undefined> = []
  const payload: number[] = []
  new FrameReader({
    header: header => {
      const read = decodeHeader(header)
      messages.push(read.message)
      return read.payload
    },
    payload: chunk => { payload.push(...chunk) },
    end: () => {}
  }).push(bytes)
  return { messages, payload }
}

const failure = (header: number[]): string => {
  try {
    decodeHeader(Uint8Array.from(header))
  } catch (err) {
    return (err as Error).name
  }
  return 'none'
}

describe('protocols/exchange/message', () => {
  it('has a golden frame of every kind', async () => {
    expect((await readdir(FIXTURES)).sort()).to.deep.equal(KINDS.map(kind => `${kind}.hex`).sort())
  })

  for (const kind of KINDS) {
    it(`writes ${kind.toUpperCase()} as its golden frame and reads it back`, async () => {
      const golden = bytesOf((await readFile(new URL(`${kind}.hex`, FIXTURES), 'utf8')).trim())
      expect(hex(encoded(kind))).to.equal(hex(golden))
      const { messages, payload } = decoded(golden)
      expect(messages).to.deep.equal([{ kind, body: GOLDEN[kind].body }])
      expect(payload).to.deep.equal([...GOLDEN[kind].payload ?? []])
    })
  }

  it('reads the same message wherever the frame is cut', () => {
    for (const kind of KINDS) {
      const bytes = encoded(kind)
      const whole = decoded(bytes)
      for (let cut = 1; cut < bytes.length; cut++) {
        const messages: Array<Message | undefined> = []
        const reader = new FrameReader({
          header: header => {
            const read = decodeHeader(header.slice())
            messages.push(read.message)
            return read.payload
          },
          payload: () => {},
          end: () => {}
        })
        reader.push(bytes.subarray(0, cut))
        reader.push(bytes.subarray(cut))
        expect(messages, `${kind} cut at ${cut}`).to.deep.equal(whole.messages)
      }
    }
  })

  it('leaves out what is zero and reads it as zero', () => {
    const frame = encodeMessage('want', {}).subarray()
    expect([...frame]).to.deep.equal([2, 0x2a, 0])
    expect(decoded(frame).messages[0]?.body).to.deep.equal({
      id: 0, channel: 0, cid: new Uint8Array(0), size: 0, offset: 0, priority: 0, deadlineMs: 0,
      route: [], again: false, keeper: 0, content: new Uint8Array(0)
    })
  })

  it('passes over frames of an unknown kind, with their payload, and unknown fields', () => {
    const unknown = [5, 0x08, 3, 0x7a, 1, 9, 1, 2, 3]
    const ping = encodeMessage('ping', { nonce: 7 }).subarray()
    expect(decoded(Uint8Array.from([...unknown, ...ping])).messages)
      .to.deep.equal([undefined, { kind: 'ping', body: { nonce: 7 } }])
    // PING with a field 9 of each wire type
    const extended = [
      0x52, 19, 0x08, 7,
      0x48, 1, 0x49, 0, 0, 0, 0, 0, 0, 0, 0, 0x4a, 1, 0, 0x4d, 0, 0, 0, 0
    ]
    extended[1] = extended.length - 2
    expect(decodeHeader(Uint8Array.from(extended)).message)
      .to.deep.equal({ kind: 'ping', body: { nonce: 7 } })
  })

  it('refuses two kinds in one frame, a wrong wire type, groups and what runs past the end', () => {
    expect(failure([0x52, 0, 0x5a, 0])).to.equal('InvalidMessageError')
    expect(failure([0x52, 2, 0x0d, 7])).to.equal('InvalidMessageError')
    expect(failure([0x0b, 0x0c])).to.equal('InvalidMessageError')
    expect(failure([0x52, 9, 8])).to.equal('InvalidMessageError')
    expect(failure([0x52, 2, 8])).to.equal('InvalidMessageError')
    expect(failure(Array(60_000).fill(0x0b))).to.equal('InvalidMessageError')
  })

  it('refuses lengths and counts over their limits', () => {
    const payload = new Uint8Array(MAX_DATA_BYTES + 1)
    expect(() => decoded(encodeMessage('data', { id: 1 }, payload).subarray()))
      .to.throw('a payload of 65537 bytes')
    const over: Array<[FrameKind, Record<string, unknown>]> = [
      ['hello', { network: 'n'.repeat(193) }],
      ['hello', { features: Array(33).fill('f') }],
      ['hello', { features: ['f'.repeat(65)] }],
      ['hello', { record: new Uint8Array(16_385) }],
      ['interest', { content: new Uint8Array(65) }],
      ['have', { bitfield: new Uint8Array(32_769) }],
      ['have', { held: Array(MAX_DELTA_BLOCKS + 1).fill(1) }],
      ['have', { rendition: 'r'.repeat(65) }],
      ['want', { size: 1_048_577 }],
      ['want', { route: Array(5).fill('p') }],
      ['busy', { providers: Array(MAX_PROVIDERS + 1).fill('p') }]
    ]
    for (const [kind, body] of over) {
      const frame = encodeMessage(kind, body).subarray()
      expect(() => decoded(frame), `${kind} ${Object.keys(body)}`).to.throw('over its limit')
    }
  })

  it('fills one Noise message with a DATA frame of our size', () => {
    const body = { id: 2 ** 32 - 1, offset: 2 ** 20, total: 2 ** 20 }
    const frame = encodeMessage('data', body, new Uint8Array(DATA_BYTES))
    const yamuxHeaderBytes = 12
    expect(frame.byteLength + yamuxHeaderBytes).to.be.at.most(65_519)
  })

  it('throws only InvalidMessageError for random bytes', () => {
    fc.assert(fc.property(fc.uint8Array({ minLength: 1, maxLength: 256 }), bytes => {
      try {
        decodeHeader(bytes)
      } catch (err) {
        expect(err).to.have.property('name', 'InvalidMessageError')
      }
    }), { numRuns: 1000 })
  })

  it('throws only InvalidMessageError for golden frames with some bytes changed', () => {
    const changes = fc.array(fc.tuple(fc.nat(300), fc.nat(255)), { minLength: 1, maxLength: 4 })
    fc.assert(fc.property(fc.constantFrom(...KINDS), changes, (kind, changed) => {
      const header = encoded(kind).subarray(1)
      changed.forEach(([at, byte]) => { header[at % header.length] = byte })
      try {
        decodeHeader(header)
      } catch (err) {
        expect(err).to.have.property('name', 'InvalidMessageError')
      }
    }), { numRuns: 500 })
  })
})
