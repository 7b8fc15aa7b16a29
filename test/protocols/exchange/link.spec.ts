import type { Stream } from '@libp2p/interface'
import { AbstractStream } from '@libp2p/utils'
import { expect } from 'chai'
import { Uint8ArrayList } from 'uint8arraylist'
import { Link, type LinkReceiver } from '../../../protocols/exchange/link.ts'
import { DATA_BYTES } from '../../../protocols/exchange/message.ts'
import { MAX_UNDRAINED_BYTES, MAX_WRITE_BACKLOG_BYTES } from '../../../protocols/limits.ts'
import { eventually, silent } from './sample-node.ts'

/** A stream whose transport takes as many bytes as it is given room for. */
class MeteredStream extends AbstractStream {
  room: number
  sentBytes = 0

  constructor (room: number) {
    super({ id: '1', direction: 'outbound', log: silent.forComponent('') })
    this.room = room
  }

  give (room: number): void {
    this.room += room
    this.safeDispatchEvent('drain')
  }

  override sendData (data: Uint8ArrayList): { sentBytes: number, canSendMore: boolean } {
    const sentBytes = Math.min(this.room, data.byteLength)
    this.room -= sentBytes
    this.sentBytes += sentBytes
    return { sentBytes, canSendMore: this.room > 0 }
  }

  override sendReset (): void {}
  override sendPause (): void {}
  override sendResume (): void {}
  override async sendCloseRead (): Promise<void> {}
  override async sendCloseWrite (): Promise<void> {}
}

interface Rig {
  stream: MeteredStream
  link: Link
  calls: Array<keyof LinkReceiver>
  /** Bytes given back, by chunk. */
  given: number[]
}

function rig (room: number): Rig {
  const stream = new MeteredStream(room)
  const calls: Array<keyof LinkReceiver> = []
  const given: number[] = []
  const link = new Link(stream as unknown as Stream, {
    message: () => { calls.push('message') },
    data: () => undefined,
    filled: () => { calls.push('filled') },
    drained: () => { calls.push('drained') },
    closed: () => { calls.push('closed') }
  }, { giveBack: ({ byteLength }) => { given.push(byteLength) } })
  link.start()
  return { stream, link, calls, given }
}

const data = (link: Link): void => {
  link.send('data', { id: 1, total: DATA_BYTES }, new Uint8Array(DATA_BYTES))
}

describe('protocols/exchange/link', () => {
  it('has no room for block bytes while the transport is full', () => {
    const { link, stream } = rig(100)
    expect(link.isWritable).to.equal(true)
    data(link)
    expect(link.isWritable).to.equal(false)
    expect(stream.writeBufferLength).to.be.at.most(MAX_UNDRAINED_BYTES)
  })

  it('tells of room once what waited has gone, not before: nothing else would tell', async () => {
    const { link, stream, calls } = rig(100)
    data(link)
    for (let nonce = 1; nonce < 200; nonce++) {
      link.send('pong', { nonce })
    }
    expect(stream.writeBufferLength + DATA_BYTES).to.be.greaterThan(MAX_UNDRAINED_BYTES)
    stream.give(Infinity)
    expect(calls).to.deep.equal([])
    await eventually(() => calls.length > 0, 'the event')
    expect(calls).to.deep.equal(['drained'])
    expect(link.isWritable).to.equal(true)
    expect(stream.writeBufferLength).to.equal(0)
  })

  it('resets the stream when control frames pile up', () => {
    const { link, stream, calls } = rig(10)
    for (let nonce = 1; nonce < 100_000 && stream.status === 'open'; nonce++) {
      link.send('pong', { nonce })
    }
    expect(stream.status).to.equal('aborted')
    expect(calls).to.deep.equal(['closed'])
    expect(link.sentBytes).to.be.within(MAX_WRITE_BACKLOG_BYTES, MAX_WRITE_BACKLOG_BYTES + 100)
  })

  it('says nothing more, and hears nothing more, once it has failed', () => {
    const { link, stream, calls } = rig(Infinity)
    link.fail(new Error('enough'))
    const sent = stream.sentBytes
    link.send('ping', { nonce: 1 })
    link.fail(new Error('again'))
    expect(stream.sentBytes).to.equal(sent)
    expect(link.fault?.message).to.equal('enough')
    expect(calls).to.deep.equal(['closed'])
  })

  it('counts the bytes of both directions', () => {
    const { link, stream, calls } = rig(Infinity)
    link.send('ping', { nonce: 1 })
    stream.onData(Uint8Array.of(4, 0x52, 2, 0x08, 7))
    expect([link.sentBytes, link.receivedBytes]).to.deep.equal([5, 5])
    expect(calls).to.deep.equal(['message'])
  })
  it('gives back what it has read, chunk by chunk, and not what was no frame', () => {
    const { link, stream, given } = rig(Infinity)
    const ping = Uint8Array.of(4, 0x52, 2, 0x08, 7)
    stream.onData(new Uint8ArrayList(ping, ping.subarray(0, 2)))
    stream.onData(ping.subarray(2))
    expect(given).to.deep.equal([5, 2, 3])
    stream.onData(Uint8Array.of(0))
    expect(link.fault).to.be.an('error')
    expect(given).to.have.length(3)
  })
})
