/**
 * A segment that is asked for again and again.
 */

import { expect } from 'chai'
import { gateway } from '../../../daemon/http/index.ts'
import { sampleTitle } from './sample-title.ts'
import type { FastifyInstance } from 'fastify'
import type { Sample } from './sample-title.ts'

describe('daemon/http/recent-segments', () => {
  let sample: Sample
  let app: FastifyInstance
  /** What retrieval was asked for. */
  let asked: string[]
  let failure: Error | undefined

  beforeEach(async () => {
    sample = await sampleTitle()
    asked = []
    failure = undefined
    const { retrieval, ...components } = sample.components
    app = gateway({ host: '127.0.0.1', port: 0 })({
      ...components,
      store: {
        has: cid => sample.store.has(cid),
        get: async cid => {
          if (failure !== undefined) throw failure
          return await sample.store.get(cid)
        }
      },
      retrieval: {
        ...retrieval,
        manifest: async (...args) => {
          asked.push('manifest')
          return await retrieval.manifest(...args)
        },
        segment: async (...args) => {
          asked.push('segment')
          return await retrieval.segment(...args)
        }
      }
    }).app
    await app.ready()
    await get('1.m4s')
    asked.length = 0
    sample.answered.length = 0
  })
  afterEach(async () => { await app.close() })

  const get = async (file: string, headers: Record<string, string> = {}) =>
    await app.inject({ url: `/hls/${sample.content}/128k/${file}`, headers })

  it('comes from the store alone, block by block', async () => {
    const answer = await get('1.m4s')
    expect(asked).to.deep.equal([])
    expect([...answer.rawPayload]).to.deep.equal([...sample.segments[1]!])
    expect(answer.headers).to.include({
      'cdnd-source': 'local', 'cdnd-sources': 'local=2500', 'cdnd-hops': '0',
      'content-length': '2500', 'content-type': 'audio/mp4', etag: `"${sample.segmentCids[1]}"`
    })
  })

  it('counts as delivered by this node and answered', async () => {
    await get('1.m4s')
    expect(sample.answered).to.deep.equal([
      'local 1000', 'local 1000', 'local 500',
      'gateway /hls/:id/:rendition/:file 200 2500'
    ])
  })

  it('knows ranges, HEAD and what the client has', async () => {
    const range = await get('1.m4s', { range: 'bytes=999-1000' })
    expect(range.statusCode).to.equal(206)
    expect([...range.rawPayload]).to.deep.equal([...sample.segments[1]!.subarray(999, 1001)])
    const known = await get('1.m4s', { 'if-none-match': `"${sample.segmentCids[1]}"` })
    expect([known.statusCode, known.rawPayload.length]).to.deep.equal([304, 0])
    const url = `/hls/${sample.content}/128k/1.m4s`
    const head = await app.inject({ method: 'HEAD', url })
    expect([head.headers['content-length'], head.rawPayload.length]).to.deep.equal(['2500', 0])
    expect((await get('1.m4s', { range: 'bytes=2500-' })).statusCode).to.equal(416)
    expect(asked).to.deep.equal([])
  })

  it('is got by retrieval when a block of it has gone', async () => {
    const { blocks } = await sample.manifest.index('128k').segment(1)
    await sample.store.delete(blocks[2]!.cid)
    const answer = await get('1.m4s')
    expect(asked).to.deep.equal(['manifest', 'segment'])
    expect([...answer.rawPayload]).to.deep.equal([...sample.segments[1]!])
    expect(answer.headers['cdnd-source']).to.equal('peer')
  })

  it('is got by retrieval when the store fails', async () => {
    failure = new Error('the disk is gone')
    expect((await get('1.m4s')).statusCode).to.equal(200)
    expect(asked).to.deep.equal(['manifest', 'segment'])
  })

  it('is not one that only looks alike', async () => {
    expect((await get('01.m4s')).statusCode).to.equal(404)
    expect((await get('0.m4s')).headers['content-length']).to.equal('700')
  })
})
