import { createHash } from 'node:crypto'
import { expect } from 'chai'
import { webSha256 } from '../../../web/node/web-sha256.ts'

describe('web/node/web-sha256', () => {
  it('hashes short and long ones alike', async () => {
    for (const length of [0, 1, 300, 2048, 2049, 70_000]) {
      const bytes = Uint8Array.from({ length }, (_, i) => i * 7)
      const expected = createHash('sha256').update(bytes).digest()
      expect(Buffer.from(await webSha256(bytes)).equals(expected), `${length}`).to.equal(true)
    }
  })

  it('answers at once where asking the browser would take longer', () => {
    expect(webSha256(new Uint8Array(300))).to.be.instanceOf(Uint8Array)
    expect(webSha256(new Uint8Array(70_000))).to.be.instanceOf(Promise)
  })
})
