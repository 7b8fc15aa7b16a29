import { expect } from 'chai'
import {
  DEFAULT_NOT_FOUND_MS, MAX_NOT_FOUND, NotFoundMemory
} from '../../../daemon/retrieval/not-found.ts'
import type { BlockWant } from '../../../daemon/retrieval/index.ts'
import { ContentNotFoundError, DeadlineError } from '../../../protocols/errors.ts'
import { blockNamed } from '../../protocols/tracker/nodes.ts'
import { FakeBroker, FakeSource } from './fakes.ts'

const wantOf = (name: string): BlockWant =>
  ({ cid: blockNamed(name), size: 1, priority: 'playing', deadlineMs: 0 })
const want = wantOf('a')
const nobody = new ContentNotFoundError('nobody has it')

function rig (forMs?: number) {
  const time = { nowMs: 1000 }
  const source = new FakeSource('peer', 'x', new Map())
  const broker = new FakeBroker(source)
  const init = forMs == null ? {} : { forMs }
  const memory = new NotFoundMemory({ clock: () => time.nowMs, brokers: [broker] }, init)
  return { time, source, broker, memory, ask: () => { memory.assertMayBeFound(want) } }
}

describe('daemon/retrieval/not-found', () => {
  it('repeats that nobody has a block, for a while', () => {
    const { memory, time, ask } = rig()
    expect(ask).not.to.throw()
    memory.note(want, nobody)
    expect(ask).to.throw(ContentNotFoundError, 'nobody has it, as a moment ago')
    expect(() => { memory.assertMayBeFound(wantOf('b')) }).not.to.throw()
    time.nowMs += DEFAULT_NOT_FOUND_MS
    expect(ask).not.to.throw()
  })

  it('forgets it when somebody turns up who was not asked', () => {
    const { memory, broker, ask } = rig()
    memory.note(want, nobody)
    broker.offered.push(new FakeSource('origin', 'http://o', new Map()))
    expect(ask).not.to.throw()
  })

  it('forgets it when one who was asked says by now that it holds the block', () => {
    const { memory, source, ask } = rig()
    source.holds = 'unknown'
    memory.note(want, nobody)
    expect(ask).to.throw(ContentNotFoundError)
    source.holds = 'have'
    expect(ask).not.to.throw()
  })

  it('remembers nothing of searches that ended otherwise, or when it is told not to', () => {
    const { memory, ask } = rig()
    memory.note(want, new DeadlineError('too late'))
    expect(ask).not.to.throw()
    const other = rig(0)
    other.memory.note(want, nobody)
    expect(other.ask).not.to.throw()
  })

  it('remembers a bounded number', () => {
    const { memory, ask } = rig()
    memory.note(want, nobody)
    for (let i = 0; i < MAX_NOT_FOUND; i++) memory.note(wantOf(`other ${i}`), nobody)
    expect(ask).not.to.throw()
  })
})
