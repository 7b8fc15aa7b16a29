import { expect } from 'chai'
import fc from 'fast-check'
import { Recency } from '../../../daemon/store/recency.ts'
import { MemoryTables } from '../../../daemon/store/memory-tables.ts'
import type { Table } from '../../../daemon/store/table.ts'

const key = fc.constantFrom('a', 'b', 'c', 'd', 'e')
const step = fc.tuple(fc.constantFrom('touch', 'forget', 'look', 'flush'), key)

async function load (table: Table, keys: string[], clock = () => 0): Promise<Recency> {
  const recency = new Recency(clock)
  await recency.load(table, keys, () => false)
  return recency
}

describe('daemon/store/recency', () => {
  it('names the key used longest ago, also after flushes', async () => {
    await fc.assert(fc.asyncProperty(fc.array(step, { maxLength: 80 }), async steps => {
      const recency = await load(new MemoryTables().table('uses'), [])
      let order: string[] = []
      for (const [type, key] of steps) {
        if (type === 'flush') await recency.flush()
        else if (type === 'look') expect(recency.oldest()?.key).to.equal(order[0])
        else {
          order = order.filter(it => it !== key)
          if (type === 'touch') order.push(key)
          if (type === 'touch') recency.touch(key, false)
          else recency.forget(key)
        }
      }
    }))
  })

  it('keeps what a flush wrote down, and forgets the rows of keys that are gone', async () => {
    const table = new MemoryTables().table('uses')
    let nowMs = 0
    const first = await load(table, [], () => nowMs)
    for (const key of ['c', 'a', 'b']) {
      nowMs += 5000
      first.touch(key, false)
    }
    await first.flush()
    const second = await load(table, ['a', 'b'], () => nowMs)
    expect(second.oldest()).to.deep.equal({ key: 'a', idleMs: 5000 })
    await second.flush()
    const rows = await Array.fromAsync(table.entries())
    expect(rows.flat()).to.have.length(2)
  })
})
