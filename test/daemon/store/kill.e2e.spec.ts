import { expect } from 'chai'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { openStore, type StoreBackend } from '../../../daemon/store/index.ts'
import { cidOf, parseCid } from '../../../protocols/cid.ts'
import { sha256 } from '../../../protocols/sha256.ts'
import { withFolder } from '../../contracts/blockstore-on-disk.ts'

const ROUNDS = 12
/** In the first some blocks, in the last more than there is room for. */
const LINES_PER_ROUND = 16
const WRITER = join(import.meta.dirname, 'put-until-killed.ts')

/**
 * Kills a writer after so many of its lines, with the others of its eight puts on their way. What
 * it said of blocks until then: true held, false gone.
 */
async function killedWriter (
  path: string, backend: StoreBackend, lineCount: number
): Promise<Map<string, boolean>> {
  const writer = spawn(process.execPath, [WRITER, path, backend], {
    stdio: ['ignore', 'pipe', 'inherit']
  })
  // Its output may end before it has let go of its folder.
  const closed = once(writer, 'close')
  let said = ''
  for await (const text of writer.stdout.setEncoding('utf8')) {
    said += text
    if (said.split('\n').length > lineCount) writer.kill('SIGKILL')
  }
  const [, signal] = await closed
  expect(signal, 'what ended the writer').to.equal('SIGKILL')
  // A line for a put comes before its block can be told gone, so the last line of a CID counts.
  const lines = said.split('\n').slice(0, -1)
  return new Map(lines.map(line => [line.slice(1), line.startsWith('+')]))
}

describe('daemon/store killed while it writes', () => {
  for (const backend of ['files', 'log'] as const) {
    it(`keeps every block it had, whole, in ${backend}`, async function () {
      this.timeout(60_000)
      await withFolder(async path => {
        for (let round = 1; round <= ROUNDS; round++) {
          const held = await killedWriter(path, backend, round * LINES_PER_ROUND)
          // Room for what the writer was about to evict, so that nothing goes unsaid here.
          const store = await openStore({ path, backend, quotaBytes: 8_000_000 })
          for (const { cid } of store.entries()) {
            const bytes = await store.get(cid)
            expect(bytes, `block ${cid}`).not.to.equal(undefined)
            expect((await cidOf(bytes!, sha256)).equals(cid)).to.equal(true)
          }
          for (const [cid, isHeld] of held) {
            if (isHeld) expect(store.has(parseCid(cid)), cid).to.equal(true)
          }
          expect(store.usage().blocks).to.be.greaterThan(10)
          await store.stop()
        }
      })
    })
  }
})
