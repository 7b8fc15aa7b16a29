import { expect } from 'chai'
import { Flows, Port } from '../../../testnet/sim/flows.ts'
import { VirtualTime } from '../../../testnet/sim/virtual-time.ts'

const port = (uploadBytesPerSecond: number, downloadBytesPerSecond = uploadBytesPerSecond): Port =>
  new Port({ uploadBytesPerSecond, downloadBytesPerSecond })

/** When each transfer is through, in milliseconds. */
async function endsOf (
  transfers: Array<{ from: Port, to: Port, bytes: number, atMs?: number }>
): Promise<number[]> {
  const time = new VirtualTime()
  const flows = new Flows(time)
  return await time.until(Promise.all(transfers.map(async ({ atMs = 0, bytes, ...ends }) => {
    await time.sleep(atMs)
    await new Promise<void>(resolve => {
      flows.start({ ...ends, bytes, onProgress: done => { if (done === bytes) resolve() } })
    })
    return Math.round(time.elapsedMs)
  })))
}

describe('testnet/sim/flows', () => {
  it('goes as fast as the narrower end allows', async () => {
    const [slow, fast] = [port(100_000), port(1_000_000)]
    expect(await endsOf([{ from: slow, to: fast, bytes: 100_000 }])).to.deep.equal([1000])
    expect(await endsOf([{ from: fast, to: slow, bytes: 100_000 }])).to.deep.equal([1000])
  })

  it('shares what a host sends alike, and gives the rest what one leaves free', async () => {
    const from = port(100_000)
    const [one, other] = [port(1_000_000), port(1_000_000)]
    // The first alone for 500 ms, half each until it is through, then the second alone.
    expect(await endsOf([
      { from, to: one, bytes: 100_000 }, { from, to: other, bytes: 100_000, atMs: 500 }
    ])).to.deep.equal([1500, 2000])
  })

  it('tells of bytes in pieces, each when it is there', async () => {
    const time = new VirtualTime()
    const seen: Array<[number, number]> = []
    new Flows(time).start({
      from: port(65_408), to: port(1e9), bytes: 100_000,
      onProgress: done => { seen.push([Math.round(time.elapsedMs), done]) }
    })
    await time.until(time.sleep(5000))
    expect(seen).to.deep.equal([[1000, 65_408], [1529, 100_000]])
  })

  it('counts what was sent of a transfer that was given up, and frees its share', async () => {
    const time = new VirtualTime()
    const from = port(100_000)
    const stop = new Flows(time).start({
      from, to: port(1e9), bytes: 100_000, onProgress: () => {}
    })
    await time.until(time.sleep(300))
    stop()
    expect(Math.round(from.sentBytes)).to.equal(30_000)
    expect(from.sending.size).to.equal(0)
  })
})
