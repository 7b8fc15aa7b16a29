import { expect } from 'chai'
import { askToJoin, askViewers } from '../../../web/node/ask-bootstrap.ts'
import { contentNamed } from '../../protocols/tracker/nodes.ts'

const content = contentNamed('a')
const BASE = 'https://bootstrap.example'
const GOOD = { network: 'main', region: 'eu', addresses: ['/ip4/10.0.0.1'], iceServers: [] }

describe('web/node/ask-bootstrap', () => {
  const visit = { page: 'a-page-by-chance', signal: new AbortController().signal }
  const { fetch } = globalThis
  let asked: Array<[string, RequestInit | undefined]>

  const answering = (body: unknown, status = 200): void => {
    asked = []
    globalThis.fetch = async (url, init) => {
      asked.push([`${url}`, init])
      return new Response(typeof body === 'string' ? body : JSON.stringify(body), { status })
    }
  }
  afterEach(() => { globalThis.fetch = fetch })

  const failure = async (): Promise<string> =>
    await askToJoin(BASE, visit).then(() => 'none', (err: Error) => err.name)

  it('asks without cookies or a referrer, and follows no redirect', async () => {
    answering(GOOD)
    expect(await askToJoin(BASE, { ...visit, content })).to.deep.equal(GOOD)
    const [[url, init]] = asked as [[string, RequestInit]]
    expect(url).to.equal(`${BASE}/join?content=${content}&page=a-page-by-chance`)
    expect(init).to.include({
      credentials: 'omit', referrerPolicy: 'no-referrer', redirect: 'error'
    })
  })

  it('keeps no more than it has use for, and nothing that is not what it should be', async () => {
    const urls = ['stun:a.example']
    answering({
      ...GOOD,
      addresses: [...Array.from({ length: 20 }, (_, i) => `/ip4/10.0.0.${i}`), 7],
      iceServers: [null, { urls: 7 }, { urls: ['x'.repeat(600)] }, { urls }]
    })
    const { addresses, iceServers } = await askToJoin(BASE, visit)
    expect(addresses).to.have.length(8)
    expect(iceServers).to.deep.equal([{ urls }])
  })

  it('says that a bootstrap cannot be asked, or is none', async () => {
    answering({ ...GOOD, network: 7 })
    expect(await failure()).to.equal('InvalidMessageError')
    answering({})
    expect(await failure()).to.equal('InvalidMessageError')
    for (const [body, status] of [[GOOD, 500], ['nonsense', 200], ['x'.repeat(70_000), 200]]) {
      answering(body, status as number)
      expect(await failure()).to.equal('UpstreamError')
    }
    globalThis.fetch = async () => { throw new TypeError('fetch failed') }
    expect(await failure()).to.equal('UpstreamError')
  })

  it('counts the viewers of a title', async () => {
    answering({ viewers: 7 })
    expect(await askViewers(BASE, content, visit)).to.equal(7)
    expect(asked[0]![0]).to.equal(`${BASE}/viewers/${content}?page=a-page-by-chance`)
    answering({ viewers: 'many' })
    const name = await askViewers(BASE, content, visit).catch((err: Error) => err.name)
    expect(name).to.equal('InvalidMessageError')
  })
})
