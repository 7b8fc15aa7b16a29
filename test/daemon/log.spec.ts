import { expect } from 'chai'
import { CID } from 'multiformats/cid'
import { componentLogger, formatLine } from '../../daemon/log.ts'
import type { LogInit } from '../../daemon/log.ts'

const CID_TEXT = 'bafkreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52zy'

describe('daemon/log', () => {
  const logged = (init: Partial<LogInit> = {}) => {
    const lines: string[] = []
    const write = (line: string) => lines.push(line)
    const logger = componentLogger({ level: 'info', json: true, write, ...init })
    return { lines, logger }
  }

  it('writes one JSON object a line with level, time and component', () => {
    const { lines, logger } = logged()
    logger.forComponent('cdnd:store')('opened with %d blocks', 3)
    const line = JSON.parse(lines[0]!) as Record<string, string>
    expect(line).to.include({ level: 'info', component: 'cdnd:store', msg: 'opened with 3 blocks' })
    expect(Number.isNaN(Date.parse(line.time!))).to.equal(false)
  })

  it('formats CIDs, bytes and errors with their causes', () => {
    const err = new Error('no answer', { cause: new Error('refused') })
    expect(formatLine('%c from %p', [CID.parse(CID_TEXT), { toString: () => '12D3' }]))
      .to.equal(`${CID_TEXT} from 12D3`)
    expect(formatLine('%b', [Uint8Array.of(1, 2, 3)])).to.equal('Ldp')
    expect(formatLine('failed: %e', [err]))
      .to.match(/^failed: Error: no answer.*caused by Error: refused/s)
  })

  it('says no more of what cannot be looked at than that it is there', () => {
    const shy = new Proxy({}, { get: () => { throw new Error('not set') } })
    expect(formatLine('with %o', [Object.create(shy)])).to.equal('with object')
  })

  it('keeps percent signs, unknown formats and values left over', () => {
    expect(formatLine('100%% of %s %z', ['x', 'more'])).to.equal('100% of x %z more')
    expect(formatLine('%s %s', ['only'])).to.equal('only %s')
  })

  it('leaves out what is below the level', () => {
    const { lines, logger } = logged({ level: 'error' })
    const log = logger.forComponent('cdnd:a')
    log('state')
    log.trace('block')
    log.error('broken')
    expect(lines.map(line => (JSON.parse(line) as { msg: string }).msg)).to.deep.equal(['broken'])
  })

  it("counts libp2p's lines, its errors too, as debug", () => {
    const quiet = logged()
    quiet.logger.forComponent('libp2p:dialer').error('dial failed')
    expect(quiet.lines).to.deep.equal([])
    expect(quiet.logger.forComponent('libp2p:dialer').enabled).to.equal(false)
    const chatty = logged({ level: 'debug' })
    chatty.logger.forComponent('libp2p:dialer').error('dial failed')
    expect(chatty.lines).to.have.length(1)
  })

  it('names a scope after its component', () => {
    const { lines, logger } = logged()
    logger.forComponent('cdnd:a').newScope('b')('hello')
    expect(lines[0]).to.contain('"component":"cdnd:a:b"')
  })

  it('lets no text from outside begin a line or steer the terminal', () => {
    const { lines, logger } = logged({ json: false })
    logger.forComponent('cdnd:a')('peer says %s', '\u001b[31mhi\n12:00:00.000 error cdnd  forged')
    expect(lines.join(''))
      .to.match(/^\d\d:\d\d:\d\d\.\d{3} info {2}cdnd:a {2}peer says \[31mhi\n {4}12:00/)
  })
})
