import { expect } from 'chai'
import fc from 'fast-check'
import {
  contentIdIn, formatSegmentId, parseContentId, parseSegmentId
} from '../../../protocols/content/index.ts'
import { InvalidArgumentError } from '../../../protocols/errors.ts'
import { refusal, sampleTitle } from './titles.ts'

const { id, root } = await sampleTitle(1)

describe('protocols/content/segment-id', () => {
  it('reads what it writes', () => {
    for (const number of [0, 7, 123_456_789]) {
      const text = formatSegmentId({ content: id, rendition: '128k', number })
      expect(text).to.equal(`${id}/128k/${number}`)
      expect(parseSegmentId(text)).to.deep.equal({ content: id, rendition: '128k', number })
    }
  })

  it('says what an ID looks like', () => {
    for (const text of [
      '', 'x', `${id}`, `${id}/128k`, `${id}/128k/`, `${id}/128k/-1`, `${id}/128k/01`,
      `${id}/128k/1.5`, `${id}/128k/1e3`, `${id}/128k/1/2`, `${id}//1`, `${id}/../1`,
      `/${id}/128k/1`, `${id}/128k/1\n`, `${id}/128k/9999999999`
    ]) {
      expect(() => parseSegmentId(text), text).to.throw(InvalidArgumentError, '<content ID>/')
    }
  })

  it('says when the first part is no content ID', () => {
    for (const content of ['x', `${root.renditions[0]!.init!.cid}`]) {
      expect(() => parseSegmentId(`${content}/128k/1`)).to.throw(InvalidArgumentError, 'bafy…')
      expect(() => parseContentId(content)).to.throw(InvalidArgumentError, 'bafy…')
    }
  })

  it('finds a content ID in a text that is one, and in no other', () => {
    expect(contentIdIn(`${id}`)?.equals(id)).to.equal(true)
    for (const text of ['', 'x', `${id}/128k`, `${root.renditions[0]!.init!.cid}`]) {
      expect(contentIdIn(text), text).to.equal(undefined)
    }
  })

  it('throws nothing but InvalidArgumentError for any text', async () => {
    await fc.assert(fc.asyncProperty(fc.string(), async text => {
      expect(await refusal(() => parseSegmentId(text))).to.equal('InvalidArgumentError')
      expect(await refusal(() => parseSegmentId(`${text}/128k/1`))).to.equal('InvalidArgumentError')
    }))
  })
})
