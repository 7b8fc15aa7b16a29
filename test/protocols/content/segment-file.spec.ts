import { decode, encode, prepare } from '@ipld/dag-pb'
import { expect } from 'chai'
import fc from 'fast-check'
import { UnixFS } from 'ipfs-unixfs'
import { chunkSegment, fileBlocks, segmentRoot } from '../../../protocols/content/index.ts'
import { isSegmentOfItsBlocks } from '../../../protocols/content/segment-file.ts'
import { MAX_BLOCK_BYTES, MAX_SEGMENT_BLOCKS } from '../../../protocols/limits.ts'
import { sha256 } from '../../../protocols/sha256.ts'
import { refusal, someBytes } from './titles.ts'

const { entry, rootBlock } = await chunkSegment(someBytes(2500, 1), { sha256, blockBytes: 1000 })
const segment = { ...entry, durationMs: 1 }
const blocks = entry.blocks!

describe('protocols/content/segment-file', () => {
  it('makes the root anew from what an index page says', async () => {
    expect(await segmentRoot(blocks, sha256)).to.deep.equal(rootBlock)
  })

  it('makes a node that IPFS reads as a file of these leaves', async () => {
    const { Data, Links } = decode(rootBlock!.bytes)
    expect(UnixFS.unmarshal(Data!).fileSize()).to.equal(2500n)
    const leaves = blocks.map(({ cid }) => cid.toString())
    expect(Links.map(({ Hash }) => Hash.toString())).to.deep.equal(leaves)
  })

  it('reads the leaves back from the root, and a raw block as a file of itself', () => {
    expect(fileBlocks(rootBlock!.cid, rootBlock!.bytes))
      .to.deep.equal(blocks.map((block, number) => ({ ...block, number })))
    const [{ cid }] = blocks as [typeof blocks[0]]
    expect(fileBlocks(cid, someBytes(10, 1))).to.deep.equal([{ cid, size: 10, number: 0 }])
  })

  describe('refuses as a root', () => {
    const [leaf] = blocks as [typeof blocks[0]]
    const node = (init: ConstructorParameters<typeof UnixFS>[0], links = [leaf.cid]) => encode(
      prepare({ Data: new UnixFS(init).marshal(), Links: links.map(Hash => ({ Name: '', Hash })) }))
    const many = MAX_SEGMENT_BLOCKS + 1
    const cases: Record<string, Uint8Array> = {
      'a folder': node({ type: 'directory' }),
      'a file without leaves': node({ type: 'file' }, []),
      'a file with bytes beside its leaves':
        node({ type: 'file', data: new Uint8Array(1), blockSizes: [1n] }),
      'sizes of other leaves': node({ type: 'file', blockSizes: [1n, 1n] }),
      'a leaf that is a node itself': node({ type: 'file', blockSizes: [1n] }, [rootBlock!.cid]),
      'a leaf of no bytes': node({ type: 'file', blockSizes: [0n] }),
      'a leaf larger than a block': node({
        type: 'file', blockSizes: [BigInt(MAX_BLOCK_BYTES + 1)]
      }),
      'more leaves than a segment has':
        node({ type: 'file', blockSizes: Array(many).fill(1n) }, Array(many).fill(leaf.cid)),
      'more bytes than a segment has':
        node({ type: 'file', blockSizes: Array(65).fill(BigInt(MAX_BLOCK_BYTES)) },
          Array(65).fill(leaf.cid)),
      'a node without UnixFS': encode(prepare({ Links: [{ Name: '', Hash: leaf.cid }] }))
    }
    for (const [what, bytes] of Object.entries(cases)) {
      it(what, async () => {
        expect(await refusal(() => fileBlocks(rootBlock!.cid, bytes))).to.equal('InvalidRootError')
      })
    }

    it('any bytes, whole roots with a byte changed among them, by that one name', async () => {
      const damaged = fc.tuple(fc.nat(rootBlock!.bytes.byteLength - 1), fc.nat(255))
        .map(([at, byte]) => rootBlock!.bytes.with(at, byte))
      await fc.assert(fc.asyncProperty(fc.oneof(fc.uint8Array(), damaged), async bytes => {
        const name = await refusal(() => fileBlocks(rootBlock!.cid, bytes))
        expect(name).to.be.oneOf([undefined, 'InvalidRootError'])
      }), { numRuns: 300 })
    })
  })

  it('sees blocks that are others, in another order, or of other sizes', async () => {
    expect(await isSegmentOfItsBlocks(segment, sha256)).to.equal(true)
    const lies = [
      blocks.toReversed(), blocks.slice(1), blocks.with(2, blocks[1]!),
      blocks.map(({ cid, size }, i) => ({ cid, size: size + (i === 0 ? 1 : i === 1 ? -1 : 0) }))
    ]
    for (const lie of lies) {
      expect(await isSegmentOfItsBlocks({ ...segment, blocks: lie }, sha256)).to.equal(false)
    }
  })
})
