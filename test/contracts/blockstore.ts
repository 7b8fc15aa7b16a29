/**
 * What every blockstore keeps to. in: how to open one at a place. out: mocha tests, which run in a
 * browser too.
 */

import { sha256 } from '@noble/hashes/sha2.js'
import { expect } from 'chai'
import fc from 'fast-check'
import type { CID } from 'multiformats/cid'
import * as Digest from 'multiformats/hashes/digest'
import { CID as Cid } from 'multiformats/cid'
import type { Blockstore } from '../../daemon/store/index.ts'
import { cidOf, DAG_CBOR_CODE, SHA2_256_CODE } from '../../protocols/cid.ts'
import { InvalidCidError } from '../../protocols/errors.ts'

export type OpenBlockstore = (place: string) => Promise<Blockstore>

export interface TestBlock { cid: CID, bytes: Uint8Array }

/** A block of `size` bytes that `seed` decides. */
export async function testBlock (seed: number, size = 1000): Promise<TestBlock> {
  const bytes = new Uint8Array(size)
  for (let i = 0; i < size; i++) bytes[i] = (seed * 31 + i * (seed % 7 + 1)) & 0xff
  new DataView(bytes.buffer).setUint32(0, seed)
  return { bytes, cid: await cidOf(bytes, sha256) }
}

/** Where stores are opened: a name that is new to each task, and goes afterwards. */
export type WithPlace = (task: (place: string) => Promise<void>) => Promise<void>

export interface ContractInit {
  isPersistent: boolean
  /** Only names, unless given. */
  withPlace?: WithPlace
}

let places = 0
const withName: WithPlace = async task => { await task(`place-${places++}`) }

export function blockstoreContract (
  name: string, open: OpenBlockstore, { isPersistent, withPlace = withName }: ContractInit
): void {
  describe(`${name} as a blockstore`, () => {
    const withStore = (task: (store: Blockstore) => Promise<void>) => async () => {
      await withPlace(async place => {
        const store = await open(place)
        try {
          await task(store)
        } finally {
          await store.stop()
        }
      })
    }

    it('gives back the bytes it was given', withStore(async store => {
      for (const size of [4, 4096, 4097, 262_144]) {
        const { cid, bytes } = await testBlock(size, size)
        await store.put(cid, bytes)
        expect(await store.get(cid)).to.deep.equal(bytes)
        expect(store.has(cid)).to.equal(true)
        expect(store.sizeOf(cid)).to.equal(size)
      }
    }))

    it('keeps a block of no bytes', withStore(async store => {
      const bytes = new Uint8Array()
      const cid = await cidOf(bytes, sha256)
      await store.put(cid, bytes)
      expect(await store.get(cid)).to.have.length(0)
      expect(store.has(cid)).to.equal(true)
    }))

    it('says undefined and false for a block it does not have', withStore(async store => {
      const { cid } = await testBlock(1)
      expect(await store.get(cid)).to.equal(undefined)
      expect(store.sizeOf(cid)).to.equal(undefined)
      expect(store.has(cid)).to.equal(false)
      expect(await store.delete(cid)).to.equal(false)
    }))

    it('tells CIDs of one hash and two codecs apart', withStore(async store => {
      const { cid, bytes } = await testBlock(1)
      const other = await cidOf(bytes, sha256, DAG_CBOR_CODE)
      await store.put(cid, bytes)
      expect(store.has(other)).to.equal(false)
      await store.put(other, bytes)
      expect(Array.from(store.entries(), block => block.cid.toString()))
        .to.have.members([cid.toString(), other.toString()])
    }))

    it('refuses a CID that is not a sha2-256 CIDv1', withStore(async store => {
      const cid = Cid.createV0(Digest.create(SHA2_256_CODE, new Uint8Array(32)))
      const err = await store.put(cid, new Uint8Array()).catch((cause: unknown) => cause)
      expect(err).to.be.instanceOf(InvalidCidError)
    }))

    it('deletes once', withStore(async store => {
      const { cid, bytes } = await testBlock(1)
      await store.put(cid, bytes)
      expect(await store.delete(cid)).to.equal(true)
      expect(await store.delete(cid)).to.equal(false)
      expect(store.has(cid)).to.equal(false)
      expect(await store.get(cid)).to.equal(undefined)
    }))

    it('counts a block put twice once', withStore(async store => {
      const { cid, bytes } = await testBlock(1)
      await Promise.all([store.put(cid, bytes), store.put(cid, bytes)])
      await store.put(cid, bytes)
      expect(store.usage()).to.include({ blocks: 1, bytes: 1000 })
      expect([...store.entries()]).to.have.length(1)
    }))

    it('does what it is asked of one block in the order asked', withStore(async store => {
      const { cid, bytes } = await testBlock(1)
      const done = [store.put(cid, bytes), store.delete(cid), store.put(cid, bytes)]
      await Promise.all(done)
      expect(await store.get(cid)).to.deep.equal(bytes)
      await Promise.all([store.delete(cid), store.put(cid, bytes), store.delete(cid)])
      expect(await store.get(cid)).to.equal(undefined)
    }))

    it('keeps the bytes when the caller reuses its buffer afterwards', withStore(async store => {
      const { cid, bytes } = await testBlock(1)
      const buffer = bytes.slice()
      await store.put(cid, buffer)
      buffer.fill(0)
      expect(await store.get(cid)).to.deep.equal(bytes)
    }))

    it('does nothing once the signal has aborted', withStore(async store => {
      const { cid, bytes } = await testBlock(1)
      const options = { signal: AbortSignal.abort() }
      for (const call of [store.put(cid, bytes, options), store.delete(cid, options)]) {
        expect(await call.catch((err: unknown) => (err as Error).name)).to.equal('AbortError')
      }
      expect(store.has(cid)).to.equal(false)
    }))

    it('starts and stops twice without harm', withStore(async store => {
      await store.start()
      const { cid, bytes } = await testBlock(1)
      await store.put(cid, bytes)
      await store.stop()
      await store.stop()
      await store.start()
      expect(store.usage().blocks).to.equal(1)
    }))

    it('agrees with a Map whatever is put and deleted', async () => {
      const blocks = await Promise.all(Array.from({ length: 12 }, (_, i) => testBlock(i, 500 + i)))
      const step = fc.record({ isPut: fc.boolean(), index: fc.nat(11) })
      await fc.assert(fc.asyncProperty(fc.array(step, { maxLength: 40 }), async steps => {
        await withPlace(async place => {
          const model = new Map<string, Uint8Array>()
          let store = await open(place)
          await Promise.all(steps.map(async ({ isPut, index }) => {
            const { cid, bytes } = blocks[index]!
            if (isPut) model.set(cid.toString(), bytes)
            else model.delete(cid.toString())
            await (isPut ? store.put(cid, bytes) : store.delete(cid))
          }))
          if (isPersistent) {
            await store.stop()
            store = await open(place)
          }
          await expectHolds(store, model, blocks)
          await store.stop()
        })
      }), { numRuns: 10 })
    })

    if (isPersistent) persistentContract(open, withPlace)
  })
}

function persistentContract (open: OpenBlockstore, withPlace: WithPlace): void {
  it('has its blocks after a restart', async () => {
    await withPlace(async place => {
      const blocks = await Promise.all([1, 2, 3].map(async seed => await testBlock(seed)))
      const first = await open(place)
      await Promise.all(blocks.map(async ({ cid, bytes }) => { await first.put(cid, bytes) }))
      await first.delete(blocks[0]!.cid)
      await first.stop()
      const second = await open(place)
      expect(second.usage()).to.include({ blocks: 2, bytes: 2000 })
      expect(await second.get(blocks[1]!.cid)).to.deep.equal(blocks[1]!.bytes)
      await second.stop()
    })
  })
}

async function expectHolds (
  store: Blockstore, model: Map<string, Uint8Array>, blocks: TestBlock[]
): Promise<void> {
  for (const { cid } of blocks) {
    expect(await store.get(cid)).to.deep.equal(model.get(cid.toString()))
  }
  let bytes = 0
  for (const value of model.values()) bytes += value.byteLength
  expect(store.usage()).to.include({ blocks: model.size, bytes })
  expect(Array.from(store.entries(), block => block.cid.toString()))
    .to.have.members([...model.keys()])
}
