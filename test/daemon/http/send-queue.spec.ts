import { expect } from 'chai'
import fc from 'fast-check'
import { hexOf, queuedIn } from '../../../daemon/http/send-queue.ts'

const TABLE = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid
   0: 0100007F:1BBF 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 1
   1: 0100007F:1BBF 0200007F:C001 01 0002A300:00000000 01:00000014 00000000     0        0 2
   2: 0100007F:1BBF 0300007F:C002 01 00000000:00000010 00:00000000 00000000     0        0 3
`

describe('daemon/http/send-queue', () => {
  it('reads of connections with bytes not acknowledged', () => {
    expect(queuedIn(TABLE)).to.deep.equal(['0100007F:1BBF 0200007F:C001'])
  })

  it('finds nothing in any other text', () => {
    fc.assert(fc.property(fc.string(), text => {
      expect(queuedIn(text)).to.deep.equal([])
    }))
  })

  it('writes addresses as the kernel does', () => {
    expect(hexOf('127.0.0.1')).to.equal('0100007F')
    expect(hexOf('192.168.2.255')).to.equal('FF02A8C0')
    expect(hexOf('::1')).to.equal('00000000000000000000000001000000')
    expect(hexOf('2001:db8::ff00:42:8329')).to.equal('B80D01200000000000FF000029834200')
    expect(hexOf('::ffff:10.0.0.7')).to.equal('0000000000000000FFFF00000700000A')
    expect(hexOf('fe80::1%eth0')).to.equal('000080FE000000000000000001000000')
  })
})
