import { expect } from 'chai'
import { Announcer, type AnnouncerInit } from '../../daemon/announcer.ts'
import type { HeldTitle, ProviderRegistry } from '../../daemon/discovery/index.ts'
import { DeadlineError, PeerGoneError } from '../../protocols/errors.ts'
import { contentNamed, NOW, refusal } from '../protocols/tracker/nodes.ts'
import { spokenLog } from './spoken-log.ts'

const options = { signal: new AbortController().signal }
const title = (name: string): HeldTitle => ({ content: contentNamed(name), completeness: [] })

/** Time that passes when told to. */
class HandTime {
  nowMs = NOW
  #due: Array<{ atMs: number, then: () => void }> = []

  readonly clock = (): number => this.nowMs
  readonly timer = (ms: number, then: () => void): () => void => {
    const entry = { atMs: this.nowMs + ms, then }
    this.#due.push(entry)
    return () => { this.#due = this.#due.filter(other => other !== entry) }
  }

  async pass (ms: number): Promise<void> {
    const endMs = this.nowMs + ms
    await rest()
    for (let next = this.#next(endMs); next != null; next = this.#next(endMs)) {
      this.nowMs = next.atMs
      this.#due = this.#due.filter(other => other !== next)
      next.then()
      await rest()
    }
    this.nowMs = endMs
  }

  #next (endMs: number): { atMs: number, then: () => void } | undefined {
    return this.#due.filter(({ atMs }) => atMs <= endMs).sort((a, b) => a.atMs - b.atMs)[0]
  }
}

const rest = async (): Promise<void> => {
  for (let i = 0; i < 30; i++) {
    await Promise.resolve()
  }
}

function setUp (
  overrides: Partial<ProviderRegistry> = {}, more: ProviderRegistry[] = [], init: AnnouncerInit = {}
) {
  const time = new HandTime()
  const { log, lines } = spokenLog()
  const calls: string[] = []
  const events = new EventTarget()
  const held: HeldTitle[] = [title('a')]
  const registry: ProviderRegistry = {
    name: 'tracker',
    tracksCompleteness: true,
    provide: async titles => { calls.push(`provide ${titles.length}`) },
    withdraw: async contents => { calls.push(`withdraw ${contents.length}`) },
    heartbeat: async () => {
      calls.push('heartbeat')
      return { known: true }
    },
    leave: async () => { calls.push('leave') },
    ...overrides
  }
  const announcer = new Announcer({
    holdings: {
      held: () => held, events
    }, registries: [registry, ...more], log, random: () => 0.5, ...time
  }, init)
  const change = (state: string) => events.dispatchEvent(
    new CustomEvent('change', { detail: { state } })
  )
  return { announcer, time, calls, lines, held, events, change }
}

describe('daemon/announcer', () => {
  it('takes back what a former life told, tells what we hold, and beats every 30 s', async () => {
    const { announcer, time, calls } = setUp()
    await announcer.start()
    await time.pass(65_000)
    expect(calls).to.deep.equal(['leave', 'heartbeat', 'provide 1', 'heartbeat', 'heartbeat'])
  })

  it('has nothing to take back when its key was made just now', async () => {
    const { announcer, time, calls } = setUp({}, [], { isNewborn: true })
    await announcer.start()
    await time.pass(1_000)
    expect(calls).to.deep.equal(['heartbeat', 'provide 1'])
  })

  it('tells a change at once after a silence, and many changes in one', async () => {
    const { announcer, time, calls, held, change } = setUp()
    await announcer.start()
    await time.pass(10_000)
    calls.length = 0
    held.push(title('b'))
    change('have')
    await time.pass(0)
    expect(calls).to.deep.equal(['provide 1'])
    held.push(title('c'))
    change('have')
    await time.pass(1_000)
    held.push(title('d'))
    change('have')
    await time.pass(1_000)
    expect(calls).to.deep.equal(['provide 1'])
    await time.pass(1_000)
    expect(calls).to.deep.equal(['provide 1', 'provide 2'])
  })

  it('beats at once when what we say of ourselves has changed', async () => {
    const { announcer, time, calls } = setUp()
    await announcer.start()
    await time.pass(10_000)
    calls.length = 0
    announcer.renew()
    await time.pass(0)
    expect(calls).to.deep.equal(['heartbeat'])
    await time.pass(25_000)
    expect(calls).to.deep.equal(['heartbeat'])
  })

  it('withdraws what was evicted', async () => {
    const { announcer, time, calls, held, change } = setUp()
    await announcer.start()
    await time.pass(10_000)
    held.length = 0
    change('missing')
    await time.pass(0)
    expect(calls.at(-1)).to.equal('withdraw 1')
  })

  it('is not woken by blocks that are only being fetched', async () => {
    const { announcer, time, calls, held, change } = setUp()
    await announcer.start()
    await time.pass(10_000)
    held.push(title('b'))
    change('loading')
    await time.pass(5_000)
    expect(calls).to.deep.equal(['leave', 'heartbeat', 'provide 1'])
  })

  it('does not let a registry that hangs delay another, or its own end', async () => {
    const hanging: ProviderRegistry = {
      name: 'dht',
      tracksCompleteness: false,
      provide: () => new Promise<never>(() => {}),
      withdraw: async () => {}
    }
    const { announcer, time, calls } = setUp({}, [hanging])
    await announcer.start()
    await time.pass(1_000)
    expect(calls).to.deep.equal(['leave', 'heartbeat', 'provide 1'])
    const stopped = announcer.stop()
    await time.pass(1_000)
    await stopped
    expect(calls.at(-1)).to.equal('leave')
  })

  it('leaves in time although the tracker does not answer', async () => {
    const { announcer, time } = setUp({ leave: () => new Promise<never>(() => {}) })
    await announcer.start()
    await time.pass(1)
    const stopped = announcer.stop()
    await time.pass(1_000)
    await stopped
    await announcer.stop()
  })

  it('says once, without a stack, that nobody listens, and again when it is something else',
    async () => {
      let failure: Error | undefined = new PeerGoneError('no peer of the DHT took it')
      const { announcer, time, lines } = setUp({
        name: 'dht',
        provide: async () => { if (failure != null) throw failure }
      })
      await announcer.start()
      await time.pass(120_000)
      const gone = 'cannot tell the dht what we hold, trying on: no peer of the DHT took it'
      expect(lines).to.deep.equal([gone])
      failure = new DeadlineError('it took too long')
      await time.pass(60_000)
      const late = 'cannot tell the dht what we hold, trying on: it took too long'
      expect(lines).to.deep.equal([gone, late])
      failure = undefined
      await time.pass(120_000)
      expect(lines.slice(2)).to.deep.equal(['the dht takes what we hold again'])
    })

  it('withdraws at once what is no longer told of', async () => {
    const { announcer, time, calls, held, events } = setUp()
    await announcer.start()
    await time.pass(5_000)
    const [{ content }] = held.splice(0) as [HeldTitle]
    events.dispatchEvent(new CustomEvent('gone', { detail: content }))
    await time.pass(1)
    expect(calls.at(-1)).to.equal('withdraw 1')
    const stopped = announcer.stop()
    await time.pass(1_000)
    await stopped
  })

  it('announces one title on demand, and names a title we do not hold', async () => {
    const { announcer, calls } = setUp()
    expect(await announcer.announce(contentNamed('a'), options)).to.deep.equal(['tracker'])
    expect(calls).to.deep.equal(['provide 1'])
    expect(
      await refusal(announcer.announce(contentNamed('z'), options))
    ).to.equal('ContentNotFoundError')
  })

  it('takes back what it announced on demand, also when it goes right afterwards', async () => {
    const { announcer, time, calls, held, events } = setUp()
    await announcer.start()
    await time.pass(0)
    held.push(title('b'))
    await announcer.announce(contentNamed('b'), options)
    held.pop()
    events.dispatchEvent(new CustomEvent('gone', { detail: contentNamed('b') }))
    await time.pass(5_000)
    expect(calls.filter(call => call.startsWith('withdraw'))).to.deep.equal(['withdraw 1'])
    const stopped = announcer.stop()
    await time.pass(1_000)
    await stopped
  })

  it('says of whom takes no announce that nobody was told', async () => {
    const broken = setUp({ provide: async () => { throw new Error('down') } })
    expect(await broken.announcer.announce(contentNamed('a'), options)).to.deep.equal([])
  })
})
