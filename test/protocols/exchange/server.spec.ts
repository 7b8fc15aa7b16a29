import { expect } from 'chai'
import type { CID } from 'multiformats/cid'
import { DATA_BYTES } from '../../../protocols/exchange/message.ts'
import type { Client } from '../../../protocols/exchange/seat.ts'
import { Server } from '../../../protocols/exchange/server.ts'
import type { ServingClass } from '../../../protocols/exchange/turns.ts'
import type { Admission, Asked } from '../../../protocols/exchange/types.ts'
import { MAX_QUEUED_WANTS } from '../../../protocols/limits.ts'
import { eventually, MemoryInventory, sampleBytes, silent } from './sample-node.ts'

type Sent =
  | { what: 'data', id: number, offset: number, bytes: number }
  | { what: 'missing' | 'busy', id: number }

/** A peer that takes so many frames, and notes what it got. */
class TestClient implements Client {
  readonly servingClass: ServingClass = 'peers'
  readonly balance = { gaveBytes: 0, tookBytes: 0, deniedBytes: 0 }
  readonly id = ''
  room: number
  roomBytes = Infinity
  readonly sent: Sent[] = []
  refused: { retryAfterMs: number, providers: string[] | undefined } | undefined

  constructor (room = Infinity) {
    this.room = room
  }

  get isWritable (): boolean {
    return this.room > 0
  }

  data (id: number, offset: number, _total: number, payload: Uint8Array): void {
    this.room--
    this.sent.push({ what: 'data', id, offset, bytes: payload.byteLength })
  }

  missing (id: number): void {
    this.sent.push({ what: 'missing', id })
  }

  busy (id: number, retryAfterMs: number, _want: unknown, providers?: string[]): void {
    this.refused = { retryAfterMs, providers }
    this.sent.push({ what: 'busy', id })
  }

  get bytes (): number {
    return this.sent.reduce((sum, sent) => sum + (sent.what === 'data' ? sent.bytes : 0), 0)
  }
}

describe('protocols/exchange/server', () => {
  let inventory: MemoryInventory
  let limits: { uploadBytesPerSecond: number, parallelTransfers: number }
  let server: Server
  let now: number
  let cid: CID
  const size = 3 * DATA_BYTES

  beforeEach(async () => {
    inventory = new MemoryInventory()
    cid = await inventory.add(sampleBytes(size))
    limits = { uploadBytesPerSecond: 0, parallelTransfers: 32 }
    now = 1000
    server = new Server({ inventory, limits, now: () => now, log: silent.forComponent('') })
  })

  afterEach(() => { server.stop() })

  const want = (id: number, more: object = {}) =>
    ({ id, cid, content: undefined, size, offset: 0, priority: 1, deadlineMs: Infinity, ...more })
  const ids = (client: TestClient): number[] => client.sent.map(({ id }) => id)

  it('sends a block in frames, in order', async () => {
    const client = new TestClient()
    server.want(server.join(client), want(1))
    await eventually(() => client.bytes === size, 'the block')
    expect(client.sent.map(sent => sent.what === 'data' && sent.offset))
      .to.deep.equal([0, DATA_BYTES, 2 * DATA_BYTES])
  })

  it('starts at the offset asked for', async () => {
    const client = new TestClient()
    server.want(server.join(client), want(1, { offset: size - 10 }))
    await eventually(() => client.sent.length === 1, 'a frame')
    expect(client.sent[0]).to.deep.equal({ what: 'data', id: 1, offset: size - 10, bytes: 10 })
  })

  it('says MISSING of what is absent, too large, past its end, or cannot be read', async () => {
    const client = new TestClient()
    const seat = server.join(client)
    const absent = await new MemoryInventory().add(Uint8Array.of(1))
    server.want(seat, want(1, { cid: absent }))
    server.want(seat, want(2, { size: size - 1 }))
    server.want(seat, want(3, { offset: size }))
    await eventually(() => client.sent.length === 3, 'three answers')
    inventory.gate = Promise.reject(new Error('the disk failed'))
    server.want(seat, want(4))
    await eventually(() => client.sent.length === 4, 'a fourth answer')
    expect(client.sent.map(({ what }) => what)).to.deep.equal(Array(4).fill('missing'))
  })

  it('sends a block of no bytes as one frame of none', async () => {
    const client = new TestClient()
    server.want(server.join(client), want(1, { cid: await inventory.add(new Uint8Array(0)) }))
    await eventually(() => client.sent.length === 1, 'a frame')
    expect(client.sent).to.deep.equal([{ what: 'data', id: 1, offset: 0, bytes: 0 }])
  })

  it('takes turns between peers, whoever asked first, wants more or is urgent', async () => {
    limits.uploadBytesPerSecond = 1_000_000
    const [greedy, modest] = [new TestClient(), new TestClient()]
    const greedySeat = server.join(greedy)
    for (let id = 1; id <= 20; id++) {
      server.want(greedySeat, want(id, { priority: 0 }))
    }
    server.want(server.join(modest), want(1, { priority: 3 }))
    await eventually(() => inventory.reads === 5 && inventory.pendingReads === 0, 'blocks read')
    const greedyBefore = greedy.bytes - modest.bytes
    while (modest.bytes < size) {
      now++
      server.pump()
    }
    expect(greedy.bytes - greedyBefore).to.be.closeTo(size, DATA_BYTES)
  })

  it('sends no more than the line has room for, and looks again by itself', async () => {
    const client = new TestClient()
    client.roomBytes = 0
    server.want(server.join(client), want(1))
    await eventually(() => inventory.reads === 1 && inventory.pendingReads === 0, 'a block read')
    expect(client.bytes).to.equal(0)
    client.roomBytes = 1000
    await eventually(() => client.bytes === size, 'the block')
    expect(client.sent.every(sent => sent.what === 'data' && sent.bytes <= 1000)).to.equal(true)
  })

  it('counts what is sent in the own network apart', () => {
    const [lan, out] = [{ isOnLan: true }, { isOnLan: false }]
    expect(server.lineTo(lan)).to.equal(server.lineTo({ ...lan }))
    expect(server.lineTo(lan)).not.to.equal(server.lineTo(out))
  })

  it('serves what is more urgent first, also when another block is half sent', async () => {
    const client = new TestClient(1)
    const seat = server.join(client)
    server.want(seat, want(1, { priority: 2 }))
    await eventually(() => client.sent.length === 1, 'the first frame')
    server.want(seat, want(2, { priority: 0 }))
    await eventually(() => inventory.reads === 2 && inventory.pendingReads === 0, 'a second read')
    client.room = Infinity
    server.pump()
    expect(ids(client)).to.deep.equal([1, 2, 2, 2, 1, 1])
  })

  it('sends nothing more of what was cancelled, queued, read or half sent', async () => {
    const client = new TestClient(1)
    const seat = server.join(client)
    for (let id = 1; id <= 6; id++) {
      server.want(seat, want(id))
    }
    await eventually(() => client.sent.length === 1, 'the first frame')
    for (let id = 1; id <= 6; id++) {
      expect(server.cancel(seat, id)).to.equal(true)
    }
    expect(server.cancel(seat, 1)).to.equal(false)
    client.room = Infinity
    server.pump()
    server.want(seat, want(7))
    await eventually(() => client.sent.length === 4, 'the next block')
    expect(ids(client)).to.deep.equal([1, 7, 7, 7])
  })

  it('answers BUSY past the queue of one peer, and to all when it may not serve', async () => {
    const client = new TestClient(0)
    const seat = server.join(client)
    for (let id = 1; id <= MAX_QUEUED_WANTS + 2; id++) {
      server.want(seat, want(id))
    }
    expect(client.sent).to.deep.equal([{ what: 'busy', id: 257 }, { what: 'busy', id: 258 }])
    limits.parallelTransfers = 0
    const other = new TestClient()
    server.want(server.join(other), want(1))
    expect(other.sent).to.deep.equal([{ what: 'busy', id: 1 }])
  })

  it('answers BUSY to what came to its turn after its deadline', async () => {
    limits.parallelTransfers = 1
    const gate = Promise.withResolvers<void>()
    inventory.gate = gate.promise
    const client = new TestClient()
    const seat = server.join(client)
    server.want(seat, want(1))
    server.want(seat, want(2, { deadlineMs: now + 10 }))
    now += 11
    gate.resolve()
    await eventually(() => client.sent.length === 4, 'both answers')
    expect(client.sent[3]).to.deep.equal({ what: 'busy', id: 2 })
    expect(inventory.reads).to.equal(1)
  })

  it('refuses a second WANT with an id in use', () => {
    const seat = server.join(new TestClient(0))
    server.want(seat, want(1))
    expect(() => { server.want(seat, want(1)) })
      .to.throw().with.property('name', 'InvalidMessageError')
  })

  it('reads no more blocks at once than it may transfer, also of WANTs cancelled', async () => {
    limits.parallelTransfers = 2
    const gate = Promise.withResolvers<void>()
    inventory.gate = gate.promise
    const seat = server.join(new TestClient())
    for (let id = 1; id <= 50; id++) {
      server.want(seat, want(id))
      server.cancel(seat, id)
    }
    const clients = Array.from({ length: 5 }, () => new TestClient())
    clients.forEach(client => { server.want(server.join(client), want(1)) })
    expect(inventory.pendingReads).to.equal(2)
    gate.resolve()
    await eventually(() => clients.every(({ bytes }) => bytes === size), 'all blocks')
  })

  it('gives the transfers of stuck peers to others, and goes on with theirs later', async () => {
    limits.parallelTransfers = 2
    const stuck = new TestClient(1)
    const stuckSeat = server.join(stuck)
    server.want(stuckSeat, want(1))
    server.want(stuckSeat, want(2))
    await eventually(() => inventory.pendingReads === 0 && stuck.sent.length === 1, 'a stuck peer')
    const client = new TestClient()
    server.want(server.join(client), want(1))
    expect(client.sent).to.deep.equal([])
    now += 1000
    server.pump()
    await eventually(() => client.bytes === size, 'the block of the other')
    stuck.room = Infinity
    server.pump()
    await eventually(() => stuck.bytes === 2 * size, 'the blocks of the stuck peer')
    expect(stuck.sent.filter(({ id }) => id === 1).map(sent => sent.what === 'data' && sent.offset))
      .to.deep.equal([0, DATA_BYTES, 2 * DATA_BYTES])
  })

  it('keeps an upload rate that changes', async () => {
    limits.uploadBytesPerSecond = 1_000_000
    const client = new TestClient()
    server.want(server.join(client), want(1))
    await eventually(() => inventory.reads === 1 && inventory.pendingReads === 0, 'the block read')
    await eventually(() => client.bytes === 50_000, 'what may go at once')
    now += 10
    server.pump()
    expect(client.bytes).to.equal(50_000)
    now += 20
    server.pump()
    expect(client.bytes).to.equal(75_000)
    limits.uploadBytesPerSecond = 0
    server.adapt()
    expect(client.bytes).to.equal(size)
  })

  it('wakes by itself when tokens are there', async () => {
    limits.uploadBytesPerSecond = 20_000_000
    const log = silent.forComponent('')
    server = new Server({ inventory, limits, now: () => performance.now(), log })
    const client = new TestClient()
    server.want(server.join(client), want(1))
    await eventually(() => client.bytes === size, 'the block')
  })

  describe('with a software switch', () => {
    let asked: Asked[]
    let left: Array<boolean | undefined>
    let isFull: boolean

    beforeEach(() => {
      asked = []
      left = []
      isFull = false
      const entry = { leave: (isMeasured?: boolean) => { left.push(isMeasured) } }
      const admission: Admission = {
        enter: each => {
          asked.push(each)
          return isFull ? { retryAfterMs: 700, providers: ['/ip4/10.0.0.1/tcp/1/p2p/x'] } : entry
        }
      }
      const log = silent.forComponent('')
      server = new Server({ inventory, limits, admission, now: () => now, log })
    })

    it('asks it before a block is read, and tells it when the last byte is out', async () => {
      const client = new TestClient(2)
      server.want(server.join(client), want(1, { content: cid }))
      await eventually(() => client.sent.length === 2, 'two frames')
      expect(asked).to.deep.equal([{ cid, content: cid, isPlain: false, asker: '' }])
      expect(left).to.deep.equal([])
      client.room = 1
      server.pump()
      expect(left).to.deep.equal([true])
    })

    it('answers BUSY at once, with whom it names, and reads nothing', () => {
      isFull = true
      const client = new TestClient()
      const seat = server.join(client)
      for (let id = 1; id <= 9; id++) server.want(seat, want(id))
      expect(client.sent).to.deep.equal(Array.from({ length: 9 }, (_, at) =>
        ({ what: 'busy', id: at + 1 })))
      expect(client.refused).to.deep.equal({
        retryAfterMs: 700, providers: ['/ip4/10.0.0.1/tcp/1/p2p/x']
      })
      expect([inventory.reads, seat.size]).to.deep.equal([0, 0])
    })

    it('tells it of what was missing, cancelled or cut off that it says nothing', async () => {
      const client = new TestClient(1)
      const seat = server.join(client)
      server.want(seat, want(1, { size: 1 }))
      await eventually(() => client.sent.length === 1, 'MISSING')
      server.want(seat, want(2))
      await eventually(() => client.sent.length === 2, 'a frame')
      server.cancel(seat, 2)
      server.want(seat, want(3))
      await eventually(() => inventory.pendingReads === 0, 'a read')
      server.leave(seat)
      expect(left).to.deep.equal([false, false, false])
    })

    it('says of edges that they have nobody else to ask', async () => {
      const edge = Object.assign(new TestClient(), { servingClass: 'edges' })
      server.want(server.join(edge), want(1))
      await eventually(() => edge.bytes === size, 'the block')
      expect(asked[0]).to.include({ isPlain: true })
    })
  })

  it('forgets a peer that left', async () => {
    const client = new TestClient(0)
    const seat = server.join(client)
    server.want(seat, want(1))
    server.leave(seat)
    client.room = Infinity
    await eventually(() => inventory.pendingReads === 0, 'the block read')
    server.pump()
    expect(client.sent).to.deep.equal([])
    expect(seat.size).to.equal(0)
  })
})
