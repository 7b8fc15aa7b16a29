import { expect } from 'chai'
import { Shared } from '../../../daemon/retrieval/shared.ts'
import { settle } from './fake-time.ts'

describe('daemon/retrieval/shared', () => {
  it('runs once for all who ask for a key while it runs, and anew afterwards', async () => {
    const shared = new Shared<number>()
    let runs = 0
    const join = (key: string) => shared.join(key, async () => { await settle(); return ++runs })
    expect(await Promise.all([join('a'), join('a'), join('b')])).to.deep.equal([1, 1, 2])
    expect(await join('a')).to.equal(3)
    expect(shared.size).to.equal(0)
  })

  it('gives a failure to everyone, and tries anew for the next', async () => {
    const shared = new Shared<number>()
    const fail = async () => { await settle(); throw new Error('no') }
    const results = await Promise.allSettled([shared.join('a', fail), shared.join('a', fail)])
    expect(results.map(({ status }) => status)).to.deep.equal(['rejected', 'rejected'])
    expect(await shared.join('a', async () => 1)).to.equal(1)
  })

  it('starts a new run for whoever comes after the last waiter has left', async () => {
    const shared = new Shared<number>()
    const controller = new AbortController()
    let isEnded = false
    const first = shared.join('a', signal => new Promise((_resolve, reject) => {
      signal.addEventListener('abort', () => {
        isEnded = true
        reject(signal.reason)
      }, { once: true })
    }), controller).catch((err: Error) => err.name)
    controller.abort()
    expect(await first).to.equal('AbortError')
    expect(isEnded).to.equal(true)
    expect(await shared.join('a', async () => 2)).to.equal(2)
  })

  it('ends every run with the reason, also those that do not listen', async () => {
    const shared = new Shared<number>()
    const result = shared.join('a', () => new Promise(() => {})).catch((err: Error) => err.message)
    shared.abort(new Error('over'))
    expect(await result).to.equal('over')
    expect(shared.size).to.equal(0)
  })
})
