import { expect } from 'chai'
import fc from 'fast-check'
import { httpTransport } from '../../../protocols/tracker/index.ts'
import type { Question } from '../../../protocols/tracker/message.ts'
import { blockNamed, contentNamed, refusal } from './nodes.ts'

const content = contentNamed('a')
const options = { signal: new AbortController().signal }
const lookup: Question = { type: 'lookup', content, region: 'a b' }

function asking (body: BodyInit, status = 200) {
  const asked: Array<{ url: string, init: RequestInit }> = []
  const fetch = (async (url: URL, init: RequestInit) => {
    asked.push({ url: url.href, init })
    return new Response(body, { status })
  }) as unknown as typeof globalThis.fetch
  return { asked, ask: httpTransport('http://127.0.0.1:1', fetch) }
}

describe('protocols/tracker/http-transport', () => {
  it('asks by path, and never follows a redirect', async () => {
    const { asked, ask } = asking('{"providers":[]}')
    expect(await ask(lookup, options)).to.deep.equal({ type: 'providers', providers: [] })
    expect(asked[0]!.url).to.equal(`http://127.0.0.1:1/providers/${content}?region=a%20b`)
    expect(asked[0]!.init.redirect).to.equal('error')
  })

  it('sends the envelope as it is', async () => {
    const { asked, ask } = asking('{"known":true}')
    const envelope = new Uint8Array([1, 2, 3])
    expect(await ask({ type: 'leave', envelope }, options))
      .to.deep.equal({ type: 'accepted', known: true })
    expect(asked[0]!.url).to.equal('http://127.0.0.1:1/leave')
    expect(asked[0]!.init).to.deep.include({ method: 'POST', body: envelope })
  })

  it('takes "not found" for a segment as an answer', async () => {
    const { ask } = asking('{"error":"ContentNotFoundError","message":"no"}', 404)
    expect(await ask({ type: 'resolve', segment: blockNamed('s') }, options))
      .to.deep.equal({ type: 'title' })
    expect(await ask(lookup, options)).to.include({ type: 'error', error: 'ContentNotFoundError' })
  })

  it('stops reading an answer that does not end', async () => {
    let pulled = 0
    const endless = new ReadableStream({
      pull: controller => {
        pulled++
        controller.enqueue(new Uint8Array(256 * 1024))
      }
    })
    expect(await refusal(asking(endless).ask(lookup, options))).to.equal('InvalidMessageError')
    expect(pulled).to.be.lessThan(10)
  })

  it('refuses anything but the agreed JSON by name', async () => {
    const bodies = fc.oneof(fc.string(), fc.json(), fc.constant('{"providers":[{"envelope":"%"}]}'))
    await fc.assert(fc.asyncProperty(bodies, fc.constantFrom(200, 500), async (body, status) => {
      expect(await refusal(asking(body, status).ask(lookup, options)))
        .to.be.oneOf(['UpstreamError', 'InvalidMessageError'])
    }), { numRuns: 80 })
  })
})
