import type { Stream, StreamMessageEvent, StreamMuxer } from '@libp2p/interface'
import { multiaddrConnectionPair } from '@libp2p/utils'
import { expect } from 'chai'
import { streamMuxer } from '../../protocols/stream-muxer.ts'

const PROTOCOL = '/cdnd/test/1.0.0'
/** Of multistream-select: varint length, name, newline. */
const AGREEMENT = '\x13/multistream/1.0.0\n\x11/cdnd/test/1.0.0\n'

describe('protocols/lazy-negotiation', () => {
  let muxers: StreamMuxer[]

  /** A stream that says "hello" at once, and the other end of it. */
  async function opened (negotiateFully = false): Promise<[near: Stream, far: Stream]> {
    muxers = multiaddrConnectionPair().map(end => streamMuxer()().createStreamMuxer(end))
    const far = new Promise<Stream>(resolve => {
      muxers[1]!.addEventListener('stream', ({ detail }) => { resolve(detail) })
    })
    // As a connection asks a muxer; what libp2p's types do not say of muxers is passed on.
    const options = { protocol: PROTOCOL, negotiateFully }
    const near = await muxers[0]!.createStream(options)
    near.send(Buffer.from('hello'))
    return [near, await far]
  }
  afterEach(() => { muxers.forEach(muxer => { muxer.abort(new Error('over')) }) })

  function collected (stream: Stream): () => string {
    let text = ''
    stream.addEventListener('message', ({ data }: StreamMessageEvent) => {
      text += Buffer.from(data.subarray()).toString()
    })
    return () => text
  }

  async function until (isTrue: () => boolean): Promise<void> {
    while (!isTrue()) await new Promise(resolve => setImmediate(resolve))
  }

  it('sends what it is for before the other end has answered', async () => {
    const [near, far] = await opened()
    const heard = collected(far)
    await until(() => heard() === `${AGREEMENT}hello`)
    expect(near.protocol).to.equal(PROTOCOL)
  })

  it('leaves it to libp2p to agree on what is not asked for at once', async () => {
    const [near, far] = await opened(true)
    const heard = collected(far)
    await until(() => heard() !== '')
    expect(heard()).to.equal('hello')
    expect(near.protocol).to.equal('')
  })

  it('takes the answer off what comes back, however it is cut', async () => {
    for (const size of [1, 7, AGREEMENT.length, 100]) {
      const [near, far] = await opened()
      const heard = collected(near)
      const answer = `${AGREEMENT}welcome`
      for (let at = 0; at < answer.length; at += size) {
        far.send(Buffer.from(answer.slice(at, at + size)))
        await new Promise(resolve => setImmediate(resolve))
      }
      await until(() => heard().length === 7)
      expect(heard()).to.equal('welcome')
      muxers.forEach(muxer => { muxer.abort(new Error('over')) })
    }
  })

  it('ends where the other end speaks something else, and says so', async () => {
    const [near, far] = await opened()
    const closed = new Promise<Error | undefined>(resolve => {
      near.addEventListener('close', ({ error }) => { resolve(error) })
    })
    const heard = collected(near)
    far.send(Buffer.from(`${AGREEMENT.slice(0, 20)}\x03na\n`))
    expect((await closed)?.message).to.equal(`the other end does not speak ${PROTOCOL}`)
    expect(heard()).to.equal('')
  })
})
