import { expect } from 'chai'
import type { PeerBroker } from '../../../daemon/retrieval/index.ts'
import type { BlockSource, BlockWant } from '../../../daemon/retrieval/types.ts'
import { LateBroker } from '../../../web/node/late-broker.ts'
import { contentNamed } from '../../protocols/tracker/nodes.ts'

const content = contentNamed('a')
const want: BlockWant = {
  cid: content, size: 1, content, priority: 'playing', deadlineMs: Infinity
}

/** A swarm of one source, which notes what it is asked. */
function swarm () {
  const sought: string[] = []
  const source = { id: 'somebody' } as BlockSource
  const told = Promise.withResolvers<void>()
  const joined = {
    sources: () => [source],
    seek: (title: unknown) => { sought.push(`${title}`) },
    isSeeking: () => false,
    changed: async () => await told.promise,
    gathered: async () => {},
    claims: () => ({ claim: 3, regionClaim: 2 }),
    isOurs: () => true,
    isAround: () => true,
    renew: () => true,
    ban: () => {},
    hint: () => {}
  } satisfies Partial<Record<keyof PeerBroker, unknown>>
  return { joined: joined as unknown as PeerBroker, sought, told }
}

/** True when the promise has settled by the time that all that can has. */
async function isSettled (promise: Promise<unknown>): Promise<boolean> {
  let isOver = false
  void promise.finally(() => { isOver = true })
  await new Promise(resolve => setImmediate(resolve))
  return isOver
}

describe('web/node/late-broker', () => {
  it('has nobody to ask before a swarm is joined, nor after it was left', () => {
    const broker = new LateBroker()
    broker.seek(content)
    expect([broker.sources(want), broker.isSeeking(content), broker.claims(want)])
      .to.deep.equal([[], false, {}])
    expect([broker.isAround(want), broker.renew(content)]).to.deep.equal([false, false])
    const { joined } = swarm()
    broker.use(joined)
    expect(broker.sources(want)).to.have.length(1)
    expect([broker.claims(want), broker.isOurs(want)])
      .to.deep.equal([{ claim: 3, regionClaim: 2 }, true])
    expect([broker.isAround(want), broker.renew(content)]).to.deep.equal([true, true])
    broker.use(undefined)
    expect(broker.sources(want)).to.deep.equal([])
  })

  it('has the swarm look for the title that is played already', () => {
    const broker = new LateBroker()
    const { joined, sought } = swarm()
    broker.seek(content)
    broker.use(joined)
    broker.seek(contentNamed('b'))
    expect(sought).to.deep.equal([`${content}`, `${contentNamed('b')}`])
  })

  it('counts as a search under way while a swarm is expected', () => {
    const broker = new LateBroker()
    broker.expect(true)
    expect([broker.isSeeking(content), broker.isSlow]).to.deep.equal([true, true])
    broker.use(swarm().joined)
    expect([broker.isSeeking(content), broker.isSlow]).to.deep.equal([false, false])
    broker.use(undefined)
    expect(broker.isSeeking(content)).to.equal(false)
  })

  it('wakes who waits for sources when a swarm is joined, and when one has news', async () => {
    const broker = new LateBroker()
    const lifetime = new AbortController()
    const before = broker.changed(want, lifetime)
    expect(await isSettled(before)).to.equal(false)
    const { joined, told } = swarm()
    broker.use(joined)
    await before
    const after = broker.changed(want, lifetime)
    expect(await isSettled(after)).to.equal(false)
    told.resolve()
    await after
    const last = new LateBroker().changed(want, lifetime)
    lifetime.abort()
    await last
  })

  it('tells when somebody waits while nobody can be asked, and no swarm is joined', () => {
    let told = 0
    const broker = new LateBroker({ onUnserved: () => { told++ } })
    const lifetime = new AbortController()
    void broker.changed(want, lifetime)
    expect(told).to.equal(0)
    void broker.changed({ ...want, priority: 'urgent' }, lifetime)
    expect(told).to.equal(1)
    broker.use(swarm().joined)
    void broker.changed({ ...want, priority: 'urgent' }, lifetime)
    expect(told).to.equal(1)
    lifetime.abort()
  })

  it('has reading ahead wait for the swarm, while one is expected', async () => {
    const broker = new LateBroker()
    const lifetime = new AbortController()
    await broker.gathered(content, lifetime)
    broker.expect(true)
    const waiting = broker.gathered(content, lifetime)
    expect(await isSettled(waiting)).to.equal(false)
    broker.expect(false)
    await waiting
  })

  it('tells of the title asked for, as soon as there is one', async () => {
    const broker = new LateBroker()
    const lifetime = new AbortController()
    const asked = broker.asked(lifetime)
    expect(await isSettled(asked)).to.equal(false)
    broker.seek(content)
    expect(`${await asked}`).to.equal(`${content}`)
    lifetime.abort(new Error('over'))
    expect(await broker.asked(lifetime).catch((err: Error) => err.message)).to.equal('over')
  })
})
