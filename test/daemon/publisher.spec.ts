import { defaultLogger } from '@libp2p/logger'
import { expect } from 'chai'
import { adopting, type Publisher } from '../../daemon/publisher.ts'
import { cidOf, DAG_CBOR_CODE } from '../../protocols/cid.ts'
import { sha256 } from '../../protocols/sha256.ts'

describe('daemon/publisher', () => {
  it('is asked for the segments of titles, never of a bare file', async () => {
    const title = await cidOf(Uint8Array.of(1), sha256, DAG_CBOR_CODE)
    const file = await cidOf(Uint8Array.of(1), sha256)
    const publisher: Publisher = {
      start: async () => {},
      stop: async () => {},
      list: () => [],
      publish: async function * () {},
      unpublish: async () => false,
      segmentsOf: async content => [content]
    }
    const log = defaultLogger().forComponent('test')
    const adopted = adopting({ publisher, holdings: { adopt: async () => {} }, log })
    expect(await adopted.segmentsOf(title)).to.deep.equal([title])
    expect(await adopted.segmentsOf(file)).to.deep.equal([])
  })
})
