import { expect } from 'chai'
import { Cores, worked } from '../../../testnet/sim/processor.ts'
import { VirtualTime } from '../../../testnet/sim/virtual-time.ts'

describe('testnet/sim/processor', () => {
  /** When each of the works of the loops was done, milliseconds from the beginning. */
  async function ends (
    cores: number, loops: ReadonlyArray<ReadonlyArray<{ atMs?: number, ms: number }>>
  ): Promise<number[][]> {
    const time = new VirtualTime()
    const shared = new Cores(time, cores)
    return await time.until(Promise.all(loops.map(works => {
      const loop = shared.loop()
      return Promise.all(works.map(async ({ atMs = 0, ms }) => {
        await time.sleep(atMs)
        await worked(loop, ms)
        return Math.round(time.elapsedMs * 100) / 100
      }))
    })))
  }

  it('does what one loop has to do one after the other, though there are other cores', async () => {
    expect(await ends(2, [[{ ms: 10 }, { ms: 5 }, { atMs: 12, ms: 1 }, { atMs: 30, ms: 2 }]]))
      .to.deep.equal([[10, 15, 16, 32]])
  })

  it('gives loops a core each while there are enough', async () => {
    expect(await ends(2, [[{ ms: 10 }], [{ ms: 4 }]])).to.deep.equal([[10], [4]])
  })

  it('shares cores alike among those at work, and gives what is free to the others', async () => {
    expect(await ends(1, [[{ ms: 10 }], [{ ms: 4 }]])).to.deep.equal([[14], [8]])
    expect(await ends(2, [[{ ms: 6 }], [{ ms: 6 }], [{ atMs: 3, ms: 2 }]]))
      .to.deep.equal([[7], [7], [6]])
  })

  it('comes to an end of works of any length', async () => {
    const works = Array.from({ length: 200 }, (_, i) => ({ atMs: i / 7, ms: i % 13 / 90 }))
    const all = await ends(2, [works, works, works])
    expect(Math.max(...all.flat())).to.be.within(28, 30)
  })

  it('is done at once where there is no limit', async () => {
    await worked(undefined, 1e9)
  })
})
