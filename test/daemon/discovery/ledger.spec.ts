import { expect } from 'chai'
import type { HeldTitle, ProviderRegistry } from '../../../daemon/discovery/index.ts'
import { Ledger } from '../../../daemon/discovery/ledger.ts'
import { blockNamed, contentNamed, NOW, refusal } from '../../protocols/tracker/nodes.ts'

const options = { signal: new AbortController().signal }
const init = { heartbeatMs: 30_000, minIntervalMs: 3_000 }
const title = (name: string, held = 1): HeldTitle =>
  ({ content: contentNamed(name), completeness: [{ rendition: 'a', held, blocks: 10 }] })
const names = new Map(['a', 'b', 'c'].map(name => [contentNamed(name).toString(), name]))

/** A tracker or, without heartbeat, a DHT that notes what it is told. */
class NotingRegistry implements ProviderRegistry {
  readonly name = 'tracker'
  readonly tracksCompleteness: boolean
  readonly patienceMs: number | undefined
  readonly calls: string[] = []
  isKnown = true
  isDown = false
  heartbeat: ProviderRegistry['heartbeat']

  constructor (kind: 'tracker' | 'dht', patienceMs?: number) {
    this.tracksCompleteness = kind === 'tracker'
    this.patienceMs = patienceMs
    this.heartbeat = kind === 'dht' ? undefined : async () => {
      this.#note('heartbeat')
      return { known: this.isKnown }
    }
  }

  async provide (titles: HeldTitle[]): Promise<void> {
    this.#note(`provide ${titles.map(({ content, completeness, segments }) =>
      `${names.get(
        `${content}`
      )}${completeness[0]!.held}${segments == null ? '' : `+${segments.length}`}`).join()}`)
  }

  async withdraw (contents: Array<{ toString (): string }>): Promise<void> {
    this.#note(`withdraw ${contents.map(content => names.get(`${content}`)).join()}`)
  }

  taken (): string[] {
    return this.calls.splice(0)
  }

  #note (call: string): void {
    if (this.isDown) {
      throw new Error('down')
    }
    this.calls.push(call)
  }
}

function ledgerOf (
  kind: 'tracker' | 'dht', segmentsOf?: () => Promise<ReturnType<typeof blockNamed>[]>,
  patienceMs?: number
) {
  const registry = new NotingRegistry(kind, patienceMs)
  return { registry, ledger: new Ledger({ registry, segmentsOf, random: () => 0.5 }, init) }
}

describe('daemon/discovery/ledger', () => {
  it('says that we live, then tells what is new, and no more than that', async () => {
    const { registry, ledger } = ledgerOf('tracker')
    await ledger.step([title('a'), title('b')], NOW, options)
    expect(registry.taken()).to.deep.equal(['heartbeat', 'provide a1,b1'])
    await ledger.step([title('a'), title('b', 2), title('c')], NOW + 3_000, options)
    expect(registry.taken()).to.deep.equal(['provide b2,c1'])
    await ledger.step([title('b', 2), title('c')], NOW + 6_000, options)
    expect(registry.taken()).to.deep.equal(['withdraw a'])
  })

  it('is due for a change after the least interval, else for the heartbeat', async () => {
    const { ledger } = ledgerOf('tracker')
    await ledger.step([], NOW, options)
    expect(ledger.dueMs(true, NOW)).to.equal(NOW + 3_000)
    expect(ledger.dueMs(false, NOW)).to.equal(NOW + 30_000)
  })

  it('tells everything again when the tracker has forgotten us', async () => {
    const { registry, ledger } = ledgerOf('tracker')
    await ledger.step([title('a')], NOW, options)
    registry.taken()
    registry.isKnown = false
    await ledger.step([title('a')], NOW + 30_000, options)
    expect(registry.taken()).to.deep.equal(['heartbeat', 'provide a1'])
  })

  it('tells the DHT of a title once, and again after a while that grows', async () => {
    const { registry, ledger } = ledgerOf('dht')
    await ledger.step([title('a')], NOW, options)
    await ledger.step([title('a', 5)], NOW + 3_000, options)
    expect(registry.taken()).to.deep.equal(['provide a1'])
    expect(ledger.dueMs(false, NOW)).to.equal(NOW + 30_000)
    await ledger.step([title('a', 5)], NOW + 30_000, options)
    expect(registry.taken()).to.deep.equal(['provide a5'])
    expect(ledger.dueMs(false, NOW)).to.equal(NOW + 150_000)
    await ledger.step([], NOW + 150_000, options)
    expect(registry.taken()).to.deep.equal(['withdraw a'])
  })

  it('lets a patient registry wait for news, from when there is some', async () => {
    const { registry, ledger } = ledgerOf('dht', undefined, 10_000)
    expect(ledger.dueMs(true, NOW)).to.equal(NOW + 10_000)
    expect(ledger.dueMs(true, NOW + 4_000)).to.equal(NOW + 10_000)
    await ledger.step([title('a')], NOW + 10_000, options)
    expect(registry.taken()).to.deep.equal(['provide a1'])
    expect(ledger.dueMs(true, NOW + 30_000)).to.equal(NOW + 40_000)
  })

  it('lets a patient registry wait no longer for a second try than another', async () => {
    const { registry, ledger } = ledgerOf('dht', undefined, 10_000)
    ledger.dueMs(true, NOW)
    registry.isDown = true
    await refusal(ledger.step([title('a')], NOW + 10_000, options))
    expect(ledger.dueMs(true, NOW + 10_000)).to.equal(NOW + 11_000)
  })

  it('tries again after a growing pause what could not be told', async () => {
    const { registry, ledger } = ledgerOf('tracker')
    registry.isDown = true
    expect(await refusal(ledger.step([title('a')], NOW, options))).to.equal('Error')
    expect(ledger.dueMs(false, NOW)).to.equal(NOW + 1_000)
    await refusal(ledger.step([title('a')], NOW, options))
    expect(ledger.dueMs(true, NOW)).to.equal(NOW + 2_000)
    registry.isDown = false
    await ledger.step([title('a')], NOW + 2_000, options)
    expect(registry.taken()).to.deep.equal(['heartbeat', 'provide a1'])
  })

  it('tells the segments of a title with its first announce only', async () => {
    const { registry, ledger } = ledgerOf('tracker', async () => [blockNamed('s'), blockNamed('t')])
    await ledger.step([title('a')], NOW, options)
    await ledger.step([title('a', 2)], NOW + 3_000, options)
    expect(registry.taken()).to.deep.equal(['heartbeat', 'provide a1+2', 'provide a2'])
  })
})
