import { expect } from 'chai'
import fc from 'fast-check'
import { queuedIn } from '../../../daemon/http/send-queue.ts'

const TABLE = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid
   0: 0100007F:1BBF 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 1
   1: 0100007F:1BBF 0200007F:C001 01 0002A300:00000000 01:00000014 00000000     0        0 2
   2: 0100007F:1BBF 0300007F:C002 01 00000000:00000010 00:00000000 00000000     0        0 3
`

describe('daemon/http/send-queue', () => {
  it('reads of connections with bytes not acknowledged', () => {
    expect(queuedIn(TABLE)).to.deep.equal(['1BBF C001'])
  })

  it('finds nothing in any other text', () => {
    fc.assert(fc.property(fc.string(), text => {
      expect(queuedIn(text)).to.deep.equal([])
    }))
  })
})
