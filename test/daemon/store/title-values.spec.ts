import { expect } from 'chai'
import { TitleValues } from '../../../daemon/store/title-values.ts'
import { evictionPolicyContract, keyNamed } from '../../contracts/eviction-policy.ts'

const TITLES = ['a', 'b', 'c', 'd', 'e']

/** A cache of so many blocks of one size around the policy. */
class Cache {
  readonly policy = new TitleValues({ windowShare: 0.1 })
  readonly held = new Map<string, string>()
  readonly #room: number

  constructor (room: number) {
    this.#room = room
  }

  play (title: string, blocks = 10): void {
    for (let number = 0; number < blocks; number++) this.ask(title, number)
  }

  ask (title: string, number: number): void {
    const name = `${title}${number}`
    const key = keyNamed(name)
    if (this.held.has(key)) {
      this.policy.use(key)
      return
    }
    while (this.held.size >= this.#room) {
      const victim = this.policy.victim()!
      this.policy.remove(victim)
      this.held.delete(victim)
    }
    this.held.set(key, name)
    this.policy.add(key, 1, { title: TITLES.indexOf(title), number }, title)
  }

  /** Names held of a title. */
  of (title: string): string[] {
    return [...this.held.values()].filter(name => name.startsWith(title)).sort()
  }
}

evictionPolicyContract('daemon/store/title-values', () => new TitleValues())

describe('daemon/store/title-values', () => {
  it('gives up the end of a title first, so that it starts at once when it is played again', () => {
    const cache = new Cache(26)
    for (const title of ['a', 'b', 'c']) cache.play(title)
    expect(cache.of('a')).to.deep.equal(['a0', 'a1', 'a2', 'a3', 'a4', 'a5'])
    expect(cache.of('b')).to.have.length(10)
  })

  it('keeps the title that is played often, though it was played longer ago', () => {
    const cache = new Cache(30)
    for (let i = 0; i < 4; i++) cache.play('a')
    for (const title of ['b', 'c', 'd']) cache.play(title)
    expect(cache.of('a')).to.have.length(10)
    expect(cache.of('b')).to.have.length(0)
  })

  it('lets an old favourite go in the end', () => {
    const cache = new Cache(20)
    for (let i = 0; i < 4; i++) cache.play('a')
    for (let i = 0; i < 40; i++) for (const title of ['b', 'c']) cache.play(title)
    expect(cache.of('a')).to.have.length(0)
  })

  it('keeps the beginning and what is played now of a title larger than the store', () => {
    const cache = new Cache(30)
    cache.play('a', 100)
    const numbers = cache.of('a').map(name => Number(name.slice(1))).sort((a, b) => a - b)
    expect(numbers).to.include.members([0, 1, 97, 98, 99])
  })

  it('keeps what few others hold a little longer, and asks who does', () => {
    const cache = new Cache(26)
    cache.policy.weigh(title => title === 'a' ? 0 : 20)
    for (const title of ['a', 'b', 'c']) cache.play(title)
    expect(cache.of('a')).to.have.length(10)
    expect(cache.of('b')).to.have.length(6)
  })

  it('knows the worth of a title that comes back', () => {
    const cache = new Cache(12)
    for (let i = 0; i < 6; i++) cache.play('a')
    for (let i = 0; i < 8; i++) cache.play(i % 2 === 0 ? 'b' : 'c')
    expect(cache.of('a')).to.have.length(0)
    cache.play('a')
    cache.play('d', 5)
    expect(cache.of('a').length).to.be.greaterThan(5)
  })
})
