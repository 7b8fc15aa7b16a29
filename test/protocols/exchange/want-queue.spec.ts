import { expect } from 'chai'
import { CID } from 'multiformats/cid'
import { type QueuedWant, WantQueue } from '../../../protocols/exchange/want-queue.ts'

const cid = CID.parse('bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku')
const want = (id: number, priority: number, deadlineMs = Infinity): QueuedWant =>
  ({ id, cid, content: undefined, size: 1, offset: 0, priority, deadlineMs })

const drain = (queue: WantQueue): Array<number | undefined> =>
  Array.from({ length: queue.size }, () => queue.shift()?.id)

describe('protocols/exchange/want-queue', () => {
  it('orders by priority, then deadline, then arrival', () => {
    const queue = new WantQueue()
    const wants = [
      want(1, 3), want(2, 1, 900), want(3, 1), want(4, 1, 100), want(5, 0), want(6, 1, 100),
      want(7, 0)
    ]
    wants.forEach(each => { queue.push(each) })
    expect(queue.peek()?.id).to.equal(5)
    expect(drain(queue)).to.deep.equal([5, 7, 4, 6, 2, 3, 1])
    expect(queue.shift()).to.equal(undefined)
  })

  it('puts a want elsewhere that has become more or less urgent', () => {
    const queue = new WantQueue()
    for (const each of [want(1, 1), want(2, 1), want(3, 2)]) queue.push(each)
    queue.raise({ id: 3, priority: 0, deadlineMs: 10 })
    queue.raise({ id: 1, priority: 3, deadlineMs: 10 })
    queue.raise({ id: 9, priority: 0, deadlineMs: 10 })
    expect(queue.peek()).to.deep.equal({ ...want(3, 0, 10) })
    expect(drain(queue)).to.deep.equal([3, 2, 1])
  })

  it('finds and removes by id', () => {
    const queue = new WantQueue()
    queue.push(want(1, 1))
    queue.push(want(2, 1))
    expect(queue.has(1)).to.equal(true)
    expect(queue.remove(1)).to.equal(true)
    expect(queue.remove(1)).to.equal(false)
    expect(queue.has(1)).to.equal(false)
    expect(drain(queue)).to.deep.equal([2])
  })
})
