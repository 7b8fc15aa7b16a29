import { decode } from '@ipld/dag-pb'
import { expect } from 'chai'
import { UnixFS } from 'ipfs-unixfs'
import { chunkSegment, segmentRoot } from '../../../protocols/content/index.ts'
import { isSegmentOfItsBlocks } from '../../../protocols/content/segment-file.ts'
import { sha256 } from '../../../protocols/sha256.ts'
import { someBytes } from './titles.ts'

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
