import { expect } from 'chai'
import fc from 'fast-check'
import { diskCost } from '../../../daemon/store/disk-cost.ts'
import { QuotaStore, type StorePolicy } from '../../../daemon/store/index.ts'
import { MemoryBlockstore } from '../../../daemon/store/memory-blockstore.ts'
import { MemoryTables } from '../../../daemon/store/memory-tables.ts'
import { testBlock } from '../../contracts/blockstore.ts'

const sizes = [100, 5000, 9000, 13_000, 100, 5000, 9000, 13_000, 20_000, 40_000]
const blocks = await Promise.all(sizes.map((size, seed) => testBlock(seed, size)))

/** The rules of the store once more, as plainly as can be. */
class Model {
  /** Blocks held, used longest ago first. */
  order: number[] = []
  readonly pins = new Map<string, Set<number>>()
  quotaBytes: number

  constructor (quotaBytes: number) {
    this.quotaBytes = quotaBytes
  }

  get used (): number {
    return this.order.reduce((sum, block) => sum + cost(block), 0)
  }

  isPinned (block: number): boolean {
    return [...this.pins.values()].some(set => set.has(block))
  }

  use (block: number): void {
    if (this.order.includes(block)) this.order = [...this.order.filter(it => it !== block), block]
  }

  /** False when the block has no room. */
  put (block: number): boolean {
    if (this.order.includes(block)) {
      this.use(block)
      return true
    }
    if (cost(block) > this.quotaBytes) return false
    this.shrink(this.quotaBytes - cost(block))
    if (this.used + cost(block) > this.quotaBytes) return false
    this.order.push(block)
    return true
  }

  shrink (target: number): void {
    while (this.used > target) {
      const victim = this.order.find(block => !this.isPinned(block))
      if (victim == null) return
      this.order = this.order.filter(block => block !== victim)
    }
  }

  unpin (name: string): void {
    const set = this.pins.get(name) ?? new Set()
    this.pins.delete(name)
    for (const block of set) if (!this.isPinned(block)) this.use(block)
  }
}

function cost (block: number): number {
  return diskCost(sizes[block] ?? 0)
}

const block = fc.nat(sizes.length - 1)
const name = fc.constantFrom('one', 'two')
const step = fc.oneof(
  { weight: 8, arbitrary: fc.record({ type: fc.constant('put' as const), block }) },
  { weight: 4, arbitrary: fc.record({ type: fc.constant('get' as const), block }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('delete' as const), block }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constant('pin' as const), block, name }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('unpin' as const), name }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('quota' as const), bytes: fc.nat(9e4) }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('restart' as const) }) }
)
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never

function tellModel (model: Model, step: Step): boolean {
  if (step.type === 'put') return model.put(step.block)
  if (step.type === 'get') model.use(step.block)
  if (step.type === 'delete') model.order = model.order.filter(block => block !== step.block)
  if (step.type === 'pin') {
    model.pins.set(step.name, (model.pins.get(step.name) ?? new Set()).add(step.block))
  }
  if (step.type === 'unpin') model.unpin(step.name)
  if (step.type === 'quota') {
    model.quotaBytes = step.bytes
    model.shrink(step.bytes)
  }
  return true
}

async function tellStore (store: QuotaStore, step: Step): Promise<boolean> {
  if (step.type === 'put') {
    const { cid, bytes } = blocks[step.block]!
    return await store.put(cid, bytes).then(() => true, () => false)
  }
  if (step.type === 'get') await store.get(blocks[step.block]!.cid)
  if (step.type === 'delete') await store.delete(blocks[step.block]!.cid)
  if (step.type === 'pin') await store.pin(step.name, [blocks[step.block]!.cid])
  if (step.type === 'unpin') await store.unpin(step.name)
  if (step.type === 'quota') await store.setQuota(step.bytes)
  if (step.type === 'restart') {
    await store.stop()
    await store.start()
  }
  return true
}

function held (store: QuotaStore): number[] {
  return blocks.flatMap(({ cid }, index) => store.has(cid) ? [index] : [])
}

async function openStore (
  quotaBytes: number, policy: StorePolicy = 'lru'
): Promise<QuotaStore> {
  let nowMs = 1_000_000
  const clock = () => nowMs += 1000
  const components = { blocks: new MemoryBlockstore(), tables: new MemoryTables(), clock }
  const store = new QuotaStore(components, { quotaBytes, policy })
  await store.start()
  return store
}

describe('daemon/store/quota against a plain model', () => {
  it('holds what the model holds, whatever is asked of it', async () => {
    await fc.assert(fc.asyncProperty(fc.array(step, { maxLength: 60 }), async steps => {
      const model = new Model(50_000)
      const store = await openStore(model.quotaBytes)
      for (const step of steps) {
        expect(await tellStore(store, step)).to.equal(tellModel(model, step))
        expect(held(store)).to.have.members(model.order)
      }
      await store.stop()
    }), { numRuns: 60 })
  })

  it('never holds more than the quota, however much is put at once, by any policy', async () => {
    const policy = fc.constantFrom('lru', 'tinylfu', 'titles')
    await fc.assert(fc.asyncProperty(fc.array(block, { maxLength: 40 }), policy, async (
      puts, policy
    ) => {
      const store = await openStore(60_000, policy)
      let most = 0
      const look = () => {
        most = Math.max(most, held(store).reduce((sum, index) => sum + cost(index), 0))
      }
      store.events.addEventListener('put', look)
      await Promise.all(puts.map(async index => {
        await store.put(blocks[index]!.cid, blocks[index]!.bytes)
      }))
      expect(most).to.be.at.most(store.quotaBytes)
      expect(Array.from(store.entries(), ({ cid }) => store.has(cid))).not.to.include(false)
      await store.stop()
    }), { numRuns: 40 })
  })
})
