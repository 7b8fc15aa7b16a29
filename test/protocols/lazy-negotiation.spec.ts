import type {
  MessageStream, MultiaddrConnection, Stream, StreamMessageEvent, StreamMuxer, Upgrader
} from '@libp2p/interface'
import { multiaddrConnectionPair } from '@libp2p/utils'
import { expect } from 'chai'
import type { Uint8ArrayList } from 'uint8arraylist'
import { encryptLazily } from '../../protocols/lazy-negotiation.ts'
import { streamMuxer } from '../../protocols/stream-muxer.ts'

/** As the testnet's distance has it. */
type Wrapped = MultiaddrConnection & { onData: (data: Uint8Array | Uint8ArrayList) => void }

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
  beforeEach(() => { muxers = [] })
  afterEach(() => { muxers.forEach(muxer => { muxer.abort(new Error('over')) }) })

  function collected (stream: MessageStream): () => string {
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

  describe('of connections', () => {
    let ends: [MultiaddrConnection, MultiaddrConnection]
    /** What upgraders were given, and what for. */
    let upgraded: Array<{ connection: MultiaddrConnection, options: unknown }>
    beforeEach(() => {
      ends = multiaddrConnectionPair()
      upgraded = []
    })

    async function upgrade (
      encrypters: string[], options: { initiator?: boolean } = {}
    ): Promise<MultiaddrConnection> {
      const upgrader = {
        getConnectionEncrypters: () => new Map(encrypters.map(name => [name, {}])),
        upgradeOutbound: async (connection: MultiaddrConnection, options: unknown) => {
          upgraded.push({ connection, options })
        }
      } as unknown as Upgrader
      await encryptLazily(upgrader).upgradeOutbound(ends[0], options as never)
      return upgraded[0]!.connection
    }

    it('have an answer ready, and leave out the one that comes', async () => {
      const connection = await upgrade(['/cdnd/test/1.0.0'])
      const heard = collected(connection)
      await until(() => heard() === AGREEMENT)
      ends[1].send(Buffer.from(`${AGREEMENT}key`))
      await until(() => heard() === `${AGREEMENT}key`)
    })

    it('leave in place what others put around them before the answer', async () => {
      const connection = await upgrade(['/cdnd/test/1.0.0']) as Wrapped
      const seen: string[] = []
      const { onData } = connection
      connection.onData = data => {
        seen.push(Buffer.from(data.subarray()).toString())
        onData.call(connection, data)
      }
      const heard = collected(connection)
      for (const text of [AGREEMENT, 'key', 'more']) {
        ends[1].send(Buffer.from(text))
        await until(() => seen.join('').endsWith(text))
      }
      await until(() => heard() === `${AGREEMENT}keymore`)
      expect(seen.join('')).to.equal(`${AGREEMENT}keymore`)
    })

    it('end where the answer is another', async () => {
      const connection = await upgrade(['/cdnd/test/1.0.0'])
      ends[1].send(Buffer.from('\x13/multistream/1.0.0\n\x03na\n'))
      await until(() => connection.status === 'aborted')
    })

    it('wait for an answer where there is a choice, or the other end is to propose', async () => {
      for (const [encrypters, options] of [
        [['/noise', '/tls/1.0.0'], {}], [['/noise'], { initiator: false }], [[], {}]
      ] as const) {
        upgraded = []
        const connection = await upgrade([...encrypters], options)
        expect(upgraded[0]!.options).to.equal(options)
        const heard = collected(connection)
        ends[1].send(Buffer.from('x'))
        await until(() => heard().endsWith('x'))
        expect(heard()).to.equal('x')
        ends = multiaddrConnectionPair()
      }
    })
  })
})
