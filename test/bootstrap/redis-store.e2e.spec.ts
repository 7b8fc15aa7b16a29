import { expect } from 'chai'
import { RedisLink } from '../../bootstrap/redis-link.ts'
import { RedisStore } from '../../bootstrap/redis-store.ts'
import { DEFAULT_STORE_LIMITS, type StoreLimits } from '../../bootstrap/store-limits.ts'
import {
  holdersOf, storedNode, storedTitle, trackerStoreContract
} from '../contracts/tracker-store.ts'
import { spokenLog } from '../daemon/spoken-log.ts'
import { until } from '../e2e/network-rig.ts'
import { contentNamed, NOW, refusal } from '../protocols/tracker/nodes.ts'
import { RedisServer } from './redis-server.ts'

const TTL_MS = 120_000
/** For a reply: a machine that runs other tests beside takes its time. */
const TIMEOUT_MS = 2_000

describe('bootstrap/redis-store', function () {
  this.timeout(30_000)
  let server: RedisServer
  let count = 0
  const links: RedisLink[] = []
  before(async () => { server = await RedisServer.start() })
  after(async () => {
    for (const link of links) link.stop()
    await server.stop()
  })

  async function open (
    limits: Partial<StoreLimits> = {}, prefix = `{cdnd:test-${count++}}:`, ttlMs = TTL_MS,
    { log } = spokenLog()
  ): Promise<RedisStore> {
    const link = new RedisLink({ log }, { url: server.url, prefix, timeoutMs: TIMEOUT_MS })
    links.push(link)
    const store = new RedisStore(
      { link }, { ttlMs, limits: { ...DEFAULT_STORE_LIMITS, ...limits } })
    await store.start()
    await until(async () => await refusal(store.size()) === 'nothing', 'a connection to redis')
    return store
  }

  trackerStoreContract('bootstrap/redis-store', open)

  it('is one memory for all replicas of a network, and another for another network', async () => {
    const [one, two, other] = await Promise.all([
      open({}, '{cdnd:shared}:'), open({}, '{cdnd:shared}:'), open({}, '{cdnd:other}:')
    ])
    const node = await storedNode(1)
    await one.register(node, 5, [storedTitle('a')], NOW)
    expect([await holdersOf(two, 'a'), await holdersOf(other, 'a')])
      .to.deep.equal([[node.name], []])
    expect((await two.size()).bytes).to.be.above(500_000)
    expect(await refusal(two.register(node, 5, [], NOW))).to.equal('RecordRefusedError sequence')
    await two.leave(node.name, 6)
    expect(await holdersOf(one, 'a')).to.deep.equal([])
  })

  it('lets Redis itself forget a node after its TTL, and with it what it held', async () => {
    const store = await open({}, '{cdnd:expiring}:', 100)
    const node = await storedNode(1)
    await store.register(node, 1, [storedTitle('a')], NOW)
    expect(await holdersOf(store, 'a')).to.deep.equal([node.name])
    await until(async () => (await holdersOf(store, 'a')).length === 0, 'the expiry')
    expect(await store.register(node, 2, [storedTitle('b')], NOW)).to.deep.equal({ known: false })
    expect([await holdersOf(store, 'a'), await holdersOf(store, 'b')])
      .to.deep.equal([[], [node.name]])
  })

  it('leaves out a record that is none, and names the others', async () => {
    const prefix = '{cdnd:spoilt}:'
    const store = await open({}, prefix)
    const [bad, good] = [await storedNode(1), await storedNode(2)]
    for (const node of [bad, good]) await store.register(node, 1, [storedTitle('a')], NOW)
    await links.at(-1)!.command('HSET', `${prefix}n:${bad.name}`, 'e', 'nonsense')
    expect(await holdersOf(store, 'a')).to.deep.equal([good.name])
  })

  it('leaves no key in Redis that does not expire', async () => {
    const prefix = '{cdnd:bounded}:'
    const store = await open({}, prefix)
    await store.register(
      await storedNode(1, { role: 'origin', http: 'http://127.0.0.1:1' }), 1,
      [storedTitle('a', ['s'])], NOW)
    await store.expire(NOW)
    const link = links.at(-1)!
    const keys = await link.command('KEYS', `*${prefix}*`) as Buffer[]
    expect(keys.length).to.be.greaterThan(5)
    for (const key of keys) expect(await link.command('PTTL', key), `${key}`).to.be.above(0)
  })

  it('says at once that Redis is gone, once in the log, and recovers by itself', async () => {
    const spoken = spokenLog()
    const store = await open({}, '{cdnd:lost}:', TTL_MS, spoken)
    await store.register(await storedNode(1), 1, [storedTitle('a')], NOW)
    await server.stop()
    await until(async () => await refusal(store.size()) === 'TrackerUnavailableError', 'refusals')
    const startMs = performance.now()
    for (const call of [
      store.register(await storedNode(1), 2, [], NOW), store.leave('p', 1), store.node('p'),
      store.providers(contentNamed('a'), 0, 9), store.httpNodes(0), store.expire(0)
    ]) {
      expect(await refusal(call)).to.equal('TrackerUnavailableError')
    }
    expect(performance.now() - startMs).to.be.below(250)
    await server.start()
    await until(async () => await refusal(store.size()) === 'nothing', 'the return of redis')
    // Its memory is gone; so is what the replica knew of it.
    expect(await holdersOf(store, 'a')).to.deep.equal([])
    expect(await store.register(await storedNode(1), 3, [storedTitle('a')], NOW))
      .to.deep.equal({ known: false })
    expect(spoken.lines).to.have.length(2)
    expect(spoken.lines[0]).to.match(/redis at 127\.0\.0\.1:\d+ is of no use, trying on: /)
    expect(spoken.lines[1]).to.match(/answers again/)
  })

  it('refuses what is new when Redis is full, and goes on with what it knows', async () => {
    const store = await open()
    const link = links.at(-1)!
    const node = await storedNode(1)
    await store.register(node, 1, [storedTitle('a')], NOW)
    await link.command('CONFIG', 'SET', 'maxmemory', '100kb')
    try {
      expect(await refusal(store.register(await storedNode(2), 1, [storedTitle('b')], NOW)))
        .to.equal('TrackerFullError')
      expect(await holdersOf(store, 'a')).to.deep.equal([node.name])
      expect(await refusal(store.register(node, 2, [storedTitle('b')], NOW)))
        .to.equal('TrackerFullError')
      expect(await store.register(node, 3, [], NOW)).to.deep.equal({ known: true })
      expect(await store.leave(node.name, 4)).to.deep.equal({ known: true })
    } finally {
      await link.command('CONFIG', 'SET', 'maxmemory', '0')
    }
  })

  it('never says a password', async () => {
    const { log, lines } = spokenLog()
    const url = server.url.replace('//', '//user:secret@')
    const link = new RedisLink({ log }, { url, prefix: '{cdnd:closed}:' })
    links.push(link)
    await link.start()
    await until(() => lines.length > 0, 'a line in the log')
    expect(lines.join()).to.match(/of no use/).and.not.to.contain('secret')
    expect(await refusal(link.run('size'))).to.equal('TrackerUnavailableError')
  })

  it('waits no longer than its deadline for a Redis that hangs', async () => {
    const store = await open()
    server.hang()
    try {
      const startMs = performance.now()
      expect(await refusal(store.providers(contentNamed('a'), 0, 9)))
        .to.equal('TrackerUnavailableError')
      expect(performance.now() - startMs).to.be.within(0.8 * TIMEOUT_MS, 5 * TIMEOUT_MS)
    } finally {
      server.resume()
    }
    await until(async () => await refusal(store.size()) === 'nothing', 'redis to go on')
  })
})
