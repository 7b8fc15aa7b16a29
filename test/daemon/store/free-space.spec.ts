import { expect } from 'chai'
import { FreeSpace } from '../../../daemon/store/free-space.ts'
import { measureDisk } from '../../../daemon/store/measure-disk.ts'

describe('daemon/store/free-space', () => {
  it('allows what is used and what is free above the share to keep', async () => {
    const space = new FreeSpace(async () => ({ sizeBytes: 1000, freeBytes: 300 }), 0.1, () => 0)
    expect(await space.limitBytes(50)).to.equal(250)
  })

  it('is never negative', async () => {
    const space = new FreeSpace(async () => ({ sizeBytes: 1000, freeBytes: 0 }), 0.5, () => 0)
    expect(await space.limitBytes(50)).to.equal(0)
  })

  it('measures again after a second, not before', async () => {
    let nowMs = 0
    let freeBytes = 100
    const space = new FreeSpace(async () => ({ sizeBytes: 1000, freeBytes }), 0, () => nowMs)
    expect(await space.limitBytes(0)).to.equal(100)
    freeBytes = 50
    expect(await space.limitBytes(0)).to.equal(100)
    nowMs = 1000
    expect(await space.limitBytes(0)).to.equal(50)
  })

  it('reads the size and the free bytes of a real disk', async () => {
    const { sizeBytes, freeBytes } = await measureDisk(import.meta.dirname)()
    expect(sizeBytes).to.be.greaterThan(1e6)
    expect(freeBytes).to.be.within(0, sizeBytes)
  })
})
