import { expect } from 'chai'
import { importFile } from 'ipfs-unixfs-importer'
import { fixedSize } from 'ipfs-unixfs-importer/chunker'
import { balanced } from 'ipfs-unixfs-importer/layout'
import type { CID } from 'multiformats/cid'
import { DAG_PB_CODE, RAW_CODE } from '../../../protocols/cid.ts'
import { checkBlock, chunkSegment } from '../../../protocols/content/index.ts'
import {
  MAX_BLOCK_BYTES, MAX_SEGMENT_BLOCKS, MAX_SEGMENT_BYTES
} from '../../../protocols/limits.ts'
import { sha256 } from '../../../protocols/sha256.ts'
import { refusal, someBytes } from './titles.ts'

/** The CID IPFS gives the file. */
async function importedCid (content: Uint8Array, chunkSize: number): Promise<CID> {
  const { cid } = await importFile({ content }, { put: (cid: CID) => cid }, {
    rawLeaves: true,
    chunker: fixedSize({ chunkSize }),
    layout: balanced({ maxChildrenPerNode: MAX_SEGMENT_BLOCKS })
  })
  return cid
}

describe('protocols/content/chunk', () => {
  it('names a file of one block by that block', async () => {
    const bytes = someBytes(1000, 1)
    const { entry, blocks, rootBlock } = await chunkSegment(bytes, { sha256, blockBytes: 1000 })
    expect(entry).to.deep.equal({ size: 1000, cid: blocks[0]!.cid })
    expect(entry.cid.code).to.equal(RAW_CODE)
    expect(rootBlock).to.equal(undefined)
    await checkBlock(entry.cid, bytes, sha256)
  })

  it('cuts a longer file into blocks that are together the file', async () => {
    const bytes = someBytes(2500, 1)
    const { entry, blocks, rootBlock } = await chunkSegment(bytes, { sha256, blockBytes: 1000 })
    expect(entry.blocks?.map(({ size }) => size)).to.deep.equal([1000, 1000, 500])
    expect(Buffer.concat(blocks.map(({ bytes }) => bytes)).equals(bytes)).to.equal(true)
    expect(entry.cid.code).to.equal(DAG_PB_CODE)
    for (const block of [...blocks, rootBlock!]) {
      await checkBlock(block.cid, block.bytes, sha256)
    }
  })

  it('makes the first blocks smaller where that is wanted, each twice as long', async () => {
    const bytes = someBytes(2500, 1)
    const sizes = async (firstBlockBytes: number) => {
      const options = { sha256, blockBytes: 1000, firstBlockBytes }
      const { entry, blocks } = await chunkSegment(bytes, options)
      expect(Buffer.concat(blocks.map(({ bytes }) => bytes)).equals(bytes)).to.equal(true)
      return entry.blocks?.map(({ size }) => size)
    }
    expect(await sizes(300)).to.deep.equal([300, 600, 1000, 600])
    expect(await sizes(500)).to.deep.equal([500, 1000, 1000])
    expect(await sizes(1000)).to.deep.equal([1000, 1000, 500])
    expect(await sizes(100)).to.deep.equal([100, 200, 400, 800, 1000])
  })

  it('names a file as IPFS does, whatever its number of blocks', async () => {
    for (const [size, blockBytes] of [
      [1, 10], [10, 10], [11, 10], [1999, 1000], [1025, 3], [2048, 2]
    ] as const) {
      const bytes = someBytes(size, size)
      const { entry } = await chunkSegment(bytes, { sha256, blockBytes })
      expect(entry.cid.toString()).to.equal((await importedCid(bytes, blockBytes)).toString())
    }
  })

  it('refuses no bytes, too many, and block sizes that do not fit', async () => {
    for (const [size, blockBytes] of [
      [0, 10], [MAX_SEGMENT_BYTES + 1, MAX_BLOCK_BYTES], [10, 0], [10, -1], [10, 1.5],
      [10, MAX_BLOCK_BYTES + 1], [MAX_SEGMENT_BLOCKS + 1, 1]
    ] as const) {
      const cut = () => chunkSegment(new Uint8Array(size), { sha256, blockBytes })
      expect(await refusal(cut), `${size} in ${blockBytes}`).to.equal('InvalidArgumentError')
    }
    for (const [size, firstBlockBytes] of [[10, 0], [10, 1.5], [MAX_SEGMENT_BLOCKS + 2, 1]]) {
      const options = { sha256, blockBytes: size === 10 ? 5 : 1, firstBlockBytes: firstBlockBytes! }
      const cut = () => chunkSegment(new Uint8Array(size!), options)
      expect(await refusal(cut), `first ${firstBlockBytes}`).to.equal('InvalidArgumentError')
    }
  })
})
