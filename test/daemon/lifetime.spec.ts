import { expect } from 'chai'
import { Lifetime } from '../../daemon/lifetime.ts'
import { componentLogger } from '../../daemon/log.ts'

describe('daemon/lifetime', () => {
  const rig = () => {
    const lines: string[] = []
    const events: string[] = []
    const write = (line: string) => { lines.push(line) }
    const logger = componentLogger({ level: 'info', json: true, write })
    const lifetime = new Lifetime({ logger }, { stopTimeoutMs: 20 })
    const part = (name: string) => ({
      start: async () => { events.push(`+${name}`) },
      stop: async () => { events.push(`-${name}`) }
    })
    return { lines, events, lifetime, part }
  }

  it('starts parts in order and stops them in reverse', async () => {
    const { events, lifetime, part } = rig()
    lifetime.add('a', part('a')).add('b', part('b'))
    await lifetime.start()
    await lifetime.stop()
    expect(events).to.deep.equal(['+a', '+b', '-b', '-a'])
  })

  it('starts and stops each part once, however often asked', async () => {
    const { events, lifetime, part } = rig()
    lifetime.add('a', part('a')).add('no methods', {})
    await lifetime.start()
    await lifetime.start()
    await Promise.all([lifetime.stop(), lifetime.stop()])
    await lifetime.stop()
    expect(events).to.deep.equal(['+a', '-a'])
  })

  it('stops what was started when a part fails to start', async () => {
    const { events, lifetime, part } = rig()
    const broken = { ...part('b'), start: async () => { throw new Error('no port') } }
    lifetime.add('a', part('a')).add('b', broken).add('c', part('c'))
    expect(await lifetime.start().catch((err: Error) => err.message)).to.equal('no port')
    expect(events).to.deep.equal(['+a', '-b', '-a'])
  })

  it('goes no further when the signal aborts', async () => {
    const { events, lifetime, part } = rig()
    const stops = new AbortController()
    lifetime.add('a', { ...part('a'), start: () => { stops.abort(new Error('ctrl-c')) } })
    lifetime.add('b', part('b'))
    const err = await lifetime.start({ signal: stops.signal }).catch((err: Error) => err.message)
    expect(err).to.equal('ctrl-c')
    expect(events).to.deep.equal(['-a'])
  })

  it('stops the others when one hangs or fails, and says which', async () => {
    const { events, lines, lifetime, part } = rig()
    lifetime.add('a', part('a'))
      .add('hangs', { stop: async () => await new Promise(() => {}) })
      .add('fails', { stop: () => { throw new Error('disk gone') } })
    await lifetime.start()
    await lifetime.stop()
    expect(events).to.deep.equal(['+a', '-a'])
    expect(lines.join()).to.contain('could not stop hangs').and.to.contain('within 20 ms')
      .and.to.contain('could not stop fails').and.to.contain('disk gone')
  })
})
