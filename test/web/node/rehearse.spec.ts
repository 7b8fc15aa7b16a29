import { expect } from 'chai'
import { webSha256 } from '../../../web/node/web-sha256.ts'
import { rehearse } from '../../../web/node/rehearse.ts'

describe('web/node/rehearse', () => {
  it('reads a title that is as titles are, all but the signature', async () => {
    const hashed: number[] = []
    await rehearse(bytes => {
      hashed.push(bytes.byteLength)
      return webSha256(bytes)
    })
    // A block, a segment of two, the page, and each of its segments once more when it is read.
    expect(hashed).to.have.length(1 + 1 + 1 + 16)
  })
})
