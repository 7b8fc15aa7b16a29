import { expect } from 'chai'
import { TinyLfu } from '../../../daemon/store/tiny-lfu.ts'
import { evictionPolicyContract, keyNamed } from '../../contracts/eviction-policy.ts'

/** A cache of so many blocks of one size around the policy. */
class Cache {
  readonly held = new Set<string>()
  readonly #policy = new TinyLfu()
  readonly #room: number

  constructor (room: number) {
    this.#room = room
  }

  ask (name: string): boolean {
    const key = keyNamed(name)
    if (this.held.has(key)) {
      this.#policy.use(key)
      return true
    }
    while (this.held.size >= this.#room) {
      const victim = this.#policy.victim()!
      this.#policy.remove(victim)
      this.held.delete(victim)
    }
    this.held.add(key)
    this.#policy.add(key, 1)
    return false
  }

  has (name: string): boolean {
    return this.held.has(keyNamed(name))
  }
}

evictionPolicyContract('daemon/store/tiny-lfu', () => new TinyLfu())

describe('daemon/store/tiny-lfu', () => {
  it('keeps what is asked for often through a flood of what is asked for once', () => {
    const cache = new Cache(20)
    const hits = Array.from({ length: 10 }, (_, i) => `hit ${i}`)
    for (let round = 0; round < 5; round++) for (const name of hits) cache.ask(name)
    for (let i = 0; i < 1000; i++) cache.ask(`once ${i}`)
    expect(hits.filter(name => cache.has(name))).to.deep.equal(hits)
  })

  it('takes in what becomes popular later', () => {
    const cache = new Cache(20)
    for (let round = 0; round < 15; round++) for (let i = 0; i < 20; i++) cache.ask(`old ${i}`)
    for (let round = 0; round < 200; round++) for (let i = 0; i < 8; i++) cache.ask(`new ${i}`)
    expect(Array.from({ length: 8 }, (_, i) => cache.has(`new ${i}`))).not.to.include(false)
  })

  it('always takes in the newest, which somebody waits for', () => {
    const cache = new Cache(20)
    for (let round = 0; round < 9; round++) for (let i = 0; i < 20; i++) cache.ask(`old ${i}`)
    cache.ask('new')
    expect(cache.has('new')).to.equal(true)
  })
})
