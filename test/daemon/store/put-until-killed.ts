/**
 * Puts blocks flat out until it is killed. in: a folder, a backend. out: on stdout, a line for each
 * put that resolved and each delete told: `+<cid>`, `-<cid>`.
 */

import { randomBytes } from 'node:crypto'
import { writeSync } from 'node:fs'
import { openStore, type StoreBackend, type StoredBlock } from '../../../daemon/store/index.ts'
import { cidOf } from '../../../protocols/cid.ts'
import { sha256 } from '../../../protocols/sha256.ts'

const [path = '', backend] = process.argv.slice(2)
const quotaBytes = 4_000_000
const store = await openStore({ path, backend: backend as StoreBackend, quotaBytes })
for (const [type, sign] of [['put', '+'], ['delete', '-']] as const) {
  store.events.addEventListener(type, event => {
    writeSync(1, `${sign}${(event as CustomEvent<StoredBlock>).detail.cid}\n`)
  })
}

await Promise.all(Array.from({ length: 8 }, async (_, worker) => {
  for (let i = 0; ; i++) {
    const bytes = randomBytes(1 + Math.floor(Math.random() * 100_000))
    const cid = await cidOf(bytes, sha256)
    if (i % 5 === 0) await store.pin(`${worker}/${i % 2}`, [cid])
    if (i % 5 === 4) await store.unpin(`${worker}/${i % 2}`)
    await store.put(cid, bytes)
  }
}))
