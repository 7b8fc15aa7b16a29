import { expect } from 'chai'
import type { Ingest } from '../../origin/ingest.ts'
import { publish } from '../../origin/publish.ts'
import type { CatalogEntry, IngestOptions, IngestRequest } from '../../origin/types.ts'
import { cidOf, DAG_CBOR_CODE } from '../../protocols/cid.ts'
import type { PublishProgress } from '../../protocols/control/index.ts'
import { InvalidArgumentError, InvalidMediaError } from '../../protocols/errors.ts'
import { sha256 } from '../../protocols/sha256.ts'

type Run = (request: IngestRequest, options: IngestOptions) => Promise<CatalogEntry>
const ingestOf = (run: Run): Pick<Ingest, 'publish'> =>
  ({ publish: async (request, options = {}) => await run(request, options) })

const id = await cidOf(new Uint8Array(), sha256, DAG_CBOR_CODE)
const entry: CatalogEntry = {
  id,
  title: 'Song',
  alias: 'song',
  createdAt: '',
  source: '',
  settings: { bitrates: [], segmentMs: 0, ladder: [], blockBytes: 0 },
  durationMs: 1000,
  size: 10,
  renditions: ['64k']
}

describe('origin/publish', () => {
  it('understands the units people write', async () => {
    const requests: IngestRequest[] = []
    const ingest = ingestOf(async request => {
      requests.push(request)
      return entry
    })
    const names = { path: 'a', title: 'A', alias: 'b' }
    const units = { bitrates: ['64k', '128k'], segment: '4s', ladder: true }
    await Array.fromAsync(publish(ingest, { ...names, ...units }))
    await Array.fromAsync(publish(ingest, { path: 'a' }))
    expect(requests).to.deep.equal([
      { ...names, bitrates: [64_000, 128_000], segmentMs: 4000, ladder: [360, 720, 1080] },
      { path: 'a' }
    ])
  })

  it('takes from the defaults what the request leaves out, and nothing else', async () => {
    const requests: IngestRequest[] = []
    const ingest = ingestOf(async request => {
      requests.push(request)
      return entry
    })
    const defaults = { bitrates: [32_000], segmentMs: 3000 }
    await Array.fromAsync(publish(ingest, { path: 'a', segment: '5s' }, { defaults }))
    expect(requests).to.deep.equal([{ path: 'a', bitrates: [32_000], segmentMs: 5000 }])
  })

  it('refuses a wrong unit by name', async () => {
    const events = publish(ingestOf(async () => entry), { path: 'a', segment: '4 apples' })
    const failure = await events.next().catch((err: unknown) => err)
    expect(failure).to.be.instanceOf(InvalidArgumentError)
  })

  it('tells progress as it comes and ends with what was published', async () => {
    const seen: PublishProgress[] = []
    let next = Promise.withResolvers<void>()
    const ingest = ingestOf(async (_, { onProgress }) => {
      for (const percent of [10, 90]) {
        onProgress?.({ stage: 'transcode', percent })
        await next.promise
        next = Promise.withResolvers()
      }
      return entry
    })
    for await (const event of publish(ingest, { path: 'a' })) {
      seen.push(event)
      next.resolve()
    }
    expect(seen).to.deep.equal([
      { stage: 'transcode', percent: 10 },
      { stage: 'transcode', percent: 90 },
      {
        stage: 'done',
        id: String(id),
        title: 'Song',
        alias: 'song',
        durationMs: 1000,
        size: 10,
        renditions: ['64k']
      }
    ])
  })

  it('keeps only the latest event for a slow reader', async () => {
    const ingest = ingestOf(async (_, { onProgress }) => {
      for (let percent = 0; percent <= 100; percent++) onProgress?.({ stage: 'hash', percent })
      return entry
    })
    const events = await Array.fromAsync(publish(ingest, { path: 'a' }))
    expect(events.map(({ stage }) => stage)).to.deep.equal(['hash', 'done'])
    expect(events[0]).to.deep.equal({ stage: 'hash', percent: 100 })
  })

  it('throws what went wrong', async () => {
    const ingest = ingestOf(async () => { throw new InvalidMediaError('cut short') })
    const failure = await publish(ingest, { path: 'a' }).next().catch((err: unknown) => err)
    expect(failure).to.be.instanceOf(InvalidMediaError)
  })

  it('aborts the ingest when the reader goes away', async () => {
    const aborted = Promise.withResolvers<void>()
    const ingest = ingestOf(async (_, { signal, onProgress }) => {
      signal?.addEventListener('abort', () => { aborted.resolve() })
      onProgress?.({ stage: 'transcode', percent: 1 })
      return await new Promise(() => {})
    })
    for await (const _ of publish(ingest, { path: 'a' })) break
    await aborted.promise
  })
})
