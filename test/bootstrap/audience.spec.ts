import { expect } from 'chai'
import {
  Audience, DEFAULT_AUDIENCE_MS, MAX_AUDIENCE_PEERS, MAX_AUDIENCE_TITLES
} from '../../bootstrap/audience.ts'
import { contentNamed } from '../protocols/tracker/nodes.ts'

describe('bootstrap/audience', () => {
  function setUp () {
    const time = { nowMs: 0 }
    return { time, audience: new Audience({ clock: () => time.nowMs }) }
  }
  const content = contentNamed('a')

  it('is whoever asked for the title lately', () => {
    const { time, audience } = setUp()
    audience.add(content, 'a')
    audience.add(contentNamed('b'), 'other')
    time.nowMs = 1000
    audience.add(content, 'b')
    expect([...audience.of(content).keys()]).to.deep.equal(['a', 'b'])
    time.nowMs = DEFAULT_AUDIENCE_MS
    expect([...audience.of(content).keys()]).to.deep.equal(['b'])
    audience.add(content, 'b')
    time.nowMs += DEFAULT_AUDIENCE_MS - 1
    expect([...audience.of(content).keys()]).to.deep.equal(['b'])
    time.nowMs++
    expect([...audience.of(content).keys()]).to.deep.equal([])
  })

  it('is bounded in peers and titles', () => {
    const { audience } = setUp()
    for (let n = 0; n <= MAX_AUDIENCE_PEERS; n++) audience.add(content, `p${n}`)
    expect(audience.of(content).size).to.equal(MAX_AUDIENCE_PEERS)
    expect(audience.of(content).has('p0')).to.equal(false)
    for (let n = 0; n < MAX_AUDIENCE_TITLES; n++) audience.add(contentNamed(`t${n}`), 'p')
    expect(audience.of(content).size).to.equal(0)
  })
})
