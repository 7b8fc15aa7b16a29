import { expect } from 'chai'
import fc from 'fast-check'
import { parseId } from '../../cli/content-ids.ts'

const TITLE = 'bafyreib5hpcinhzzjlgwz3d4cd7s3yr2cx4ar7rptptmgvxqkzvgrkc7ce'
const BLOCK = 'bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku'

describe('cli/content-ids', () => {
  it('tells titles, segments, blocks and aliases apart', () => {
    expect([TITLE, `${TITLE}/128k/0`, BLOCK, 'my-song'].map(text => parseId(text).kind))
      .to.deep.equal(['title', 'segment', 'block', 'alias'])
  })

  it('refuses anything else by name', () => {
    const refusals = [
      '', 'a/b', `${TITLE}/128k/x`, `${BLOCK}/128k/0`, 'x'.repeat(200), `${TITLE}aaaa`
    ]
    for (const text of refusals) {
      expect(() => parseId(text), text).to.throw()
        .with.property('name').that.matches(/^Invalid(Argument|Cid)Error$/)
    }
  })

  it('throws nothing but these for any text', () => {
    fc.assert(fc.property(fc.string(), text => {
      try {
        parseId(text)
      } catch (error) {
        expect((error as Error).name).to.match(/^Invalid(Argument|Cid)Error$/)
      }
    }))
  })
})
