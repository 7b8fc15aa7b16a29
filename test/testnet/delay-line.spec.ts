import { expect } from 'chai'
import { DelayLine } from '../../testnet/delay-line.ts'

describe('testnet/delay-line', () => {
  it('keeps the order of what came in, also where a later item is due sooner', async () => {
    const out: number[] = []
    const done = Promise.withResolvers<void>()
    const line = new DelayLine<number>(item => { if (out.push(item) === 3) done.resolve() })
    const nowMs = performance.now()
    line.push(1, nowMs + 5)
    line.push(2, nowMs + 1)
    line.push(3, nowMs)
    await done.promise
    expect(out).to.deep.equal([1, 2, 3])
    expect(performance.now() - nowMs).to.be.greaterThan(4)
  })

  it('lets out at once what is due', () => {
    const out: number[] = []
    const line = new DelayLine<number>(item => { out.push(item) })
    for (const item of [1, 2]) line.push(item, performance.now())
    expect(out).to.deep.equal([1, 2])
  })

  it('keeps what is due while it is held', () => {
    const out: number[] = []
    const line = new DelayLine<number>(item => {
      out.push(item)
      line.hold()
    })
    for (const item of [1, 2, 3]) line.push(item, 0)
    expect(out).to.deep.equal([1])
    line.resume()
    expect(out).to.deep.equal([1, 2])
  })

  it('drops what is on its way when it is stopped', async () => {
    const out: number[] = []
    const line = new DelayLine<number>(item => { out.push(item) })
    line.push(1, performance.now() + 1)
    line.stop()
    const after = Promise.withResolvers<void>()
    new DelayLine<void>(() => { after.resolve() }).push(undefined, performance.now() + 3)
    await after.promise
    expect(out).to.deep.equal([])
  })
})
