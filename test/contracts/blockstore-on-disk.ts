/**
 * What a blockstore in a folder keeps to besides. in: how to open one. out: mocha tests.
 */

import { expect } from 'chai'
import { mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { StoreLockedError } from '../../protocols/errors.ts'
import { blockstoreContract, type OpenBlockstore, testBlock } from './blockstore.ts'

/** Runs `task` on a folder that goes afterwards. */
export async function withFolder (task: (folder: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'cdnd-store-'))
  try {
    await task(folder)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

export function diskBlockstoreContract (name: string, open: OpenBlockstore): void {
  blockstoreContract(name, open, { isPersistent: true, withPlace: withFolder })
  describe(`${name} as a blockstore on disk`, () => { diskContract(open) })
}

function diskContract (open: OpenBlockstore): void {
  const damages: Array<[string, (path: string) => Promise<void>]> = [
    ['a bit of it has flipped', flipBit],
    ['it is cut short', async path => { await truncate(path, 500) }],
    ['it is gone', async path => { await rm(path) }]
  ]
  for (const [what, damage] of damages) {
    it(`gives nothing for a block when ${what}, and takes it anew`, async () => {
      await withFolder(async folder => {
        const { cid, bytes } = await testBlock(1)
        const first = await open(folder)
        await first.put(cid, bytes)
        await first.stop()
        for (const path of await dataFiles(folder)) await damage(path)
        const second = await open(folder)
        expect(await second.get(cid)).to.equal(undefined)
        await second.delete(cid)
        await second.put(cid, bytes)
        expect(await second.get(cid)).to.deep.equal(bytes)
        await second.stop()
      })
    })
  }

  it('notices a bit that flips while it is open', async () => {
    await withFolder(async folder => {
      const { cid, bytes } = await testBlock(1)
      const store = await open(folder)
      await store.put(cid, bytes)
      for (const path of await dataFiles(folder)) await flipBit(path)
      expect(await store.get(cid)).to.equal(undefined)
      await store.stop()
    })
  })

  it('refuses a folder that is open, and names it', async () => {
    await withFolder(async folder => {
      const store = await open(folder)
      const err = await open(folder).catch((cause: unknown) => cause)
      expect(err).to.be.instanceOf(StoreLockedError).with.property('message').include(folder)
      await store.stop()
    })
  })
}

/** The files with blocks' bytes in them. */
async function dataFiles (folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  return entries.filter(entry => entry.isFile())
    .map(entry => join(entry.parentPath, entry.name))
    .filter(path => !path.startsWith(join(folder, 'index')))
}

async function flipBit (path: string): Promise<void> {
  const bytes = await readFile(path)
  bytes[bytes.byteLength >> 1]! ^= 1
  await writeFile(path, bytes)
}
