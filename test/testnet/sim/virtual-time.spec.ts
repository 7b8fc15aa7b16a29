import { expect } from 'chai'
import { VirtualTime } from '../../../testnet/sim/virtual-time.ts'

describe('testnet/sim/virtual-time', () => {
  it('lets a day go by at once', async () => {
    const time = new VirtualTime()
    await time.until(time.sleep(86_400_000))
    expect(time.elapsedMs).to.equal(86_400_000)
  })

  it('goes on only when all promises that wait for no timer have settled', async () => {
    const time = new VirtualTime()
    const seen: string[] = []
    const chain = async (): Promise<void> => {
      await time.sleep(1)
      for (let i = 0; i < 50; i++) await Promise.resolve()
      seen.push(`chain at ${time.elapsedMs}`)
    }
    time.timer(2, () => { seen.push('timer') })
    await time.until(Promise.all([chain(), time.sleep(3)]))
    expect(seen).to.deep.equal(['chain at 1', 'timer'])
  })

  it('does not call a timer that was stopped', async () => {
    const time = new VirtualTime()
    let calls = 0
    time.timer(1, () => { calls++ })()
    await time.until(time.sleep(2))
    expect(calls).to.equal(0)
  })

  it('says so when nothing is left that could settle what it waits for', async () => {
    const end = await new VirtualTime().until(new Promise(() => {})).catch((err: Error) => err)
    expect(end).to.be.instanceOf(Error).with.property('message').that.includes('nothing is left')
  })

  it('rejects with what an event throws', async () => {
    const time = new VirtualTime()
    time.timer(1, () => { throw new Error('broken') })
    const end = await time.until(time.sleep(2)).catch((err: Error) => err)
    expect(end).to.have.property('message', 'broken')
  })
})
