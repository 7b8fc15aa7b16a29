import { expect } from 'chai'
import { systemTimer } from '../../../protocols/clock.ts'
import { LateBroker } from '../../../web/node/late-broker.ts'
import { Membership, type MembershipInit } from '../../../web/node/membership.ts'
import { PageLimits } from '../../../web/node/page-limits.ts'
import { PageSources } from '../../../web/node/page-sources.ts'
import { silentLogger } from '../../../web/node/silent-log.ts'
import type { SwarmState } from '../../../web/node/types.ts'
import { contentNamed } from '../../protocols/tracker/nodes.ts'

const content = contentNamed('a')
const BASE = 'https://bootstrap.example'

describe('web/node/membership', () => {
  const { fetch } = globalThis
  const open: Membership[] = []
  const unused = {} as never

  before(() => {
    Object.assign(globalThis, { addEventListener: () => {}, removeEventListener: () => {} })
  })
  after(() => {
    Reflect.deleteProperty(globalThis, 'addEventListener')
    Reflect.deleteProperty(globalThis, 'removeEventListener')
  })
  afterEach(async () => {
    globalThis.fetch = fetch
    await Promise.all(open.splice(0).map(async membership => { await membership.stop() }))
  })

  function setUp (init: MembershipInit) {
    const broker = new LateBroker()
    const states: SwarmState[] = []
    const membership = new Membership({
      broker,
      sources: new PageSources({ fetch, timer: systemTimer }, []),
      holdings: unused,
      penalties: unused,
      limits: new PageLimits(),
      traffic: unused,
      playback: unused,
      logger: silentLogger,
      onState: state => { states.push(state) },
      onNeighbours: () => {}
    }, init)
    open.push(membership)
    return { broker, membership, states }
  }

  const failure = async (joined: Promise<void>): Promise<string> =>
    await joined.then(() => 'none', (err: Error) => err.name)

  it('is not joined without a bootstrap, and says so', async () => {
    const { membership, broker } = setUp({})
    membership.start()
    expect(broker.isSeeking(content)).to.equal(false)
    expect(await failure(membership.join())).to.equal('InvalidArgumentError')
    expect(membership.state).to.equal('servers')
  })

  it('has blocks wait for a page that is to join, until that has failed', async () => {
    globalThis.fetch = async () => { throw new TypeError('fetch failed') }
    const { membership, broker, states } = setUp({ bootstrap: [BASE] })
    membership.start()
    expect(broker.isSeeking(content)).to.equal(true)
    const joined = membership.join()
    expect(broker.isSeeking(content)).to.equal(true)
    expect(await failure(joined)).to.equal('UpstreamError')
    expect([broker.isSeeking(content), states]).to.deep.equal([false, ['joining', 'servers']])
  })

  it('waits while too few play the title, itself among them, until it is left', async () => {
    const asked: string[] = []
    globalThis.fetch = async url => {
      asked.push(`${url}`)
      return Response.json({ viewers: 2 })
    }
    const { membership, broker, states } = setUp({ bootstrap: [BASE], minViewers: 3 })
    membership.start()
    expect(broker.isSeeking(content)).to.equal(false)
    const joined = failure(membership.join())
    broker.seek(content)
    while (asked.length === 0) await new Promise(resolve => setImmediate(resolve))
    expect(asked[0]).to.match(new RegExp(`^${BASE}/viewers/${content}\\?page=[\\d-]{8,64}$`))
    expect([membership.state, membership.neighbours()]).to.deep.equal(['waiting', []])
    await membership.leave()
    expect([await joined, states]).to.deep.equal(['AbortError', ['waiting', 'servers']])
  })
})
