import { encode } from '@ipld/dag-cbor'
import { expect } from 'chai'
import fc from 'fast-check'
import { cidOf, DAG_CBOR_CODE } from '../../../protocols/cid.ts'
import {
  type ContentRoot, decodeRoot, encodeRoot, type PageRef, type Rendition, type SegmentEntry,
  sumMs, verifyRoot
} from '../../../protocols/content/index.ts'
import { sum } from '../../../protocols/content/shapes.ts'
import { InvalidRootError } from '../../../protocols/errors.ts'
import { MAX_RENDITIONS, MAX_ROOT_BYTES } from '../../../protocols/limits.ts'
import { sha256 } from '../../../protocols/sha256.ts'
import { fixture, goldenTitle, refusal } from './titles.ts'

const { root, id } = await goldenTitle()
const [sound, picture] = root.renditions as [Rendition, Rendition]
const { start, ...startless } = sound

/** The root as CBOR with some fields other than they should be. */
const altered = (fields: object) => encode({ ...root, ...fields })
const alteredSound = (fields: object) => altered({ renditions: [{ ...sound, ...fields }] })

/** Each case is refused, and for the reason given: else another guard hides that one is gone. */
function expectRefused (cases: Record<string, [bytes: Uint8Array, reason: string]>): void {
  for (const [what, [bytes, reason]] of Object.entries(cases)) {
    expect(() => decodeRoot(bytes), what).to.throw(InvalidRootError, reason)
  }
}

describe('protocols/content/root', () => {
  it('keeps to the committed bytes and their CID', async () => {
    const bytes = fixture('root.dag-cbor')
    const { content } = JSON.parse(new TextDecoder().decode(fixture('names.json')))
    expect(encodeRoot(root)).to.deep.equal(bytes)
    expect(decodeRoot(bytes)).to.deep.equal(root)
    expect((await cidOf(bytes, sha256, DAG_CBOR_CODE)).toString()).to.equal(content)
    expect(id.toString()).to.equal(content)
  })

  it('refuses a root with any bit changed, as no root or as not signed', async () => {
    const bytes = encodeRoot(root)
    await fc.assert(fc.asyncProperty(fc.nat(bytes.length - 1), fc.nat(7), async (at, bit) => {
      const changed = Uint8Array.from(bytes)
      changed[at]! ^= 1 << bit
      const name = await refusal(() => verifyRoot(decodeRoot(changed)))
      expect(name).to.be.oneOf(['InvalidRootError', 'InvalidSignatureError'])
    }), { numRuns: 60 })
  })

  it('throws nothing but InvalidRootError for random bytes', async () => {
    await fc.assert(fc.asyncProperty(fc.uint8Array({ maxLength: 400 }), async bytes => {
      expect(await refusal(() => decodeRoot(bytes))).to.equal('InvalidRootError')
    }), { numRuns: 300 })
  })

  it('throws nothing but InvalidRootError for bytes spliced into a root', async () => {
    const good = encodeRoot(root)
    const [place, some] = [fc.nat(good.length), fc.uint8Array({ minLength: 1, maxLength: 9 })]
    await fc.assert(fc.asyncProperty(place, fc.nat(20), some, async (at, cut, put) => {
      const bytes = Uint8Array.from([...good.subarray(0, at), ...put, ...good.subarray(at + cut)])
      expect(await refusal(() => decodeRoot(bytes))).to.be.oneOf([undefined, 'InvalidRootError'])
    }), { numRuns: 100 })
  })

  it('refuses CBOR made to exhaust a decoder', () => expectRefused({
    'arrays in arrays': [new Uint8Array(MAX_ROOT_BYTES).fill(0x81), 'stack'],
    'maps in maps': [new Uint8Array(MAX_ROOT_BYTES).fill(0xa1), 'stack'],
    'CIDs in CIDs': [new Uint8Array(MAX_ROOT_BYTES).map((_, i) => i % 2 ? 42 : 0xd8), 'stack'],
    'other tags': [new Uint8Array(1000).fill(0xd8), 'tag'],
    'an array of 2^32 items': [Uint8Array.of(0x9a, 255, 255, 255, 255), 'not enough'],
    'bytes of 4 GiB': [Uint8Array.of(0x5a, 255, 255, 255, 255), 'not enough data'],
    'text of 4 GiB': [Uint8Array.of(0x7a, 255, 255, 255, 255), 'not enough data'],
    'an array without end': [new Uint8Array(1000).fill(0x9f), 'indefinite'],
    'a number that is none': [Uint8Array.of(0xfb, 0x7f, 0xf8, 0, 0, 0, 0, 0, 0), 'NaN'],
    'an infinite number': [Uint8Array.of(0xfb, 0x7f, 0xf0, 0, 0, 0, 0, 0, 0), 'Infinity'],
    'more than a root may have': [new Uint8Array(MAX_ROOT_BYTES + 1), 'over the limit']
  }))

  it('refuses a second spelling of the same root', () => {
    const bytes = encodeRoot(root)
    const fields = Object.keys(root).sort(byCborOrder).map(
      key => [...encode({ [key]: root[key as keyof ContentRoot] }).subarray(1)]
    )
    expect([bytes[0]!, ...fields.flat()]).to.deep.equal([...bytes])
    expectRefused({
      'keys in another order': [
        Uint8Array.from([bytes[0]!, ...fields.reverse().flat()]), 'canonical'
      ],
      'a long map header': [
        Uint8Array.from([0xb8, bytes[0]! & 31, ...bytes.subarray(1)]), 'strict'
      ],
      'bytes after it': [Uint8Array.from([...bytes, 0]), 'too many']
    })
  })

  it('refuses what it does not know', () => expectRefused({
    'another version': [altered({ type: 'cdnd/content@1' }), 'type: of another version'],
    'another kind': [altered({ kind: 'radio' }), 'kind:'],
    'a field more': [altered({ createdAt: 1 }), 'createdAt'],
    'a rendition field more': [alteredSound({ language: 'de' }), 'language'],
    'a page field more': [alteredSound({ pages: [{ ...sound.pages[0], x: 1 }] }), '"x"'],
    'null for an absent field': [altered({ encryption: null }), 'encryption:']
  }))

  it('refuses fields out of their bounds', () => expectRefused({
    'no title': [altered({ title: '' }), 'title:'],
    'a title too long': [altered({ title: 'a'.repeat(513) }), 'title:'],
    'a control character in the title': [altered({ title: 'a\u001b[2J' }), 'title:'],
    'a short publisher': [altered({ publisher: new Uint8Array(31) }), 'publisher:'],
    'a long signature': [altered({ signature: new Uint8Array(65) }), 'signature:'],
    'no renditions': [altered({ renditions: [] }), 'renditions:'],
    'too many renditions': [altered({
      renditions: [...Array(MAX_RENDITIONS + 1).keys()].map(i => ({ ...sound, name: `r${i}` }))
    }), 'renditions:'],
    'two renditions of one name': [
      altered({ renditions: [sound, { ...picture, name: sound.name }] }), 'one name'
    ],
    'a rendition named ..': [alteredSound({ name: '..' }), 'name:'],
    'a slash in a name': [alteredSound({ name: 'a/b' }), 'name:'],
    'a quote in the codecs': [alteredSound({ codecs: 'mp4a"' }), 'codecs:'],
    'a bandwidth of 0': [alteredSound({ bandwidth: 0 }), 'bandwidth:'],
    'a fraction of a bandwidth': [alteredSound({ bandwidth: 1.5 }), 'bandwidth:'],
    'a negative width': [alteredSound({ resolution: { width: -1, height: 1 } }), 'width:'],
    'an init that is no raw block': [alteredSound({ init: { cid: id, size: 10 } }), 'init.cid:'],
    'an init too large': [
      alteredSound({ init: { ...sound.init, size: 2 ** 20 + 1 } }), 'init.size:'
    ],
    'a quote in the key URI': [
      altered({ encryption: { method: 'AES-128', keyUri: 'a"b' } }), 'keyUri:'
    ]
  }))

  it('refuses totals that are not the sums over the pages', () => expectRefused({
    segments: [alteredSound({ segments: sound.segments + 1 }), 'sums'],
    blocks: [alteredSound({ blocks: sound.blocks + 1 }), 'sums'],
    duration: [alteredSound({ durationMs: sound.durationMs + 1 }), 'sums'],
    size: [alteredSound({ size: sound.size + 1 }), 'sums']
  }))

  it('refuses pages that cannot be', () => {
    const paged = (fields: Partial<PageRef>) => {
      const pages = [{ ...sound.pages[0]!, ...fields }]
      return altered({ renditions: [{ ...startless, pages, ...totalsOf(pages) }] })
    }
    expectRefused({
      'no pages': [
        altered({ renditions: [{ ...startless, pages: [], ...totalsOf([]) }] }), 'no segments'
      ],
      'a page that is a media block': [paged({ cid: sound.init!.cid }), 'pages.0.cid:'],
      'a long first page': [paged({ segments: 17 }), 'first page'],
      'blocks fewer than segments': [paged({ blocks: 15 }), 'can hold'],
      'a bitfield of 2^40 blocks': [paged({ blocks: 2 ** 40 }), 'pages.0.blocks:'],
      'more bytes than its blocks have': [paged({ size: 2 ** 40 }), 'can hold'],
      'more time than its segments have': [paged({ durationMs: 1e10 }), 'can hold'],
      'a finer time than a thousandth': [paged({ durationMs: 1.0001 }), 'thousandth']
    })
  })

  it('refuses first segments that cannot be', () => {
    const starting = (fields: Partial<SegmentEntry>) =>
      alteredSound({ start: { ...start, ...fields } })
    const blocks = Array(17).fill({ cid: start!.blocks![0]!.cid, size: 1 })
    expectRefused({
      'more blocks than a root names': [starting({ blocks, size: 17 }), '16 blocks'],
      'a size that its blocks do not have': [starting({ size: 2501 }), 'start:'],
      'longer than its page': [starting({ durationMs: 400_000 }), 'first page'],
      'a field more': [starting({ number: 0 } as object), '"number"']
    })
    const large = { durationMs: 1, size: sound.size + 1, cid: sound.init!.cid }
    expectRefused({ 'larger than its page': [alteredSound({ start: large }), 'first page'] })
  })

  it('writes nothing it would not read', () => {
    expect(() => encodeRoot({ ...root, title: '' })).to.throw(InvalidRootError, 'title:')
    const pages = Array<PageRef>(3000).fill(sound.pages[1]!)
    const renditions = [{ ...sound, pages, ...totalsOf(pages) }]
    expect(() => encodeRoot({ ...root, renditions })).to.throw(InvalidRootError, 'over the limit')
  })
})

function byCborOrder (a: string, b: string): number {
  return a.length - b.length || (a < b ? -1 : 1)
}

/** The rendition's totals, were these its pages. */
function totalsOf (pages: PageRef[]): Omit<PageRef, 'cid'> {
  return {
    segments: sum(pages, 'segments'),
    blocks: sum(pages, 'blocks'),
    durationMs: sumMs(pages),
    size: sum(pages, 'size')
  }
}
