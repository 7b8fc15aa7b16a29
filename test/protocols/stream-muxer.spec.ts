import type { Stream, StreamMessageEvent, StreamMuxer } from '@libp2p/interface'
import { multiaddrConnectionPair } from '@libp2p/utils'
import { expect } from 'chai'
import { streamMuxer } from '../../protocols/stream-muxer.ts'

const FRAME_BYTES = 60_000
const WINDOW_UPDATE = 1
/** That of both ends' answers to PINGs, and of streams that open. */
const HEADER_BYTES = 12

interface Ends { near: Stream, far: Stream, updates: () => number, muxers: StreamMuxer[] }

/** One stream between two muxers; `updates` counts what the far end told of its window. */
async function opened (): Promise<Ends> {
  const [outbound, inbound] = multiaddrConnectionPair()
  let updates = 0
  outbound.addEventListener('message', ({ data }) => {
    const bytes = data.subarray()
    if (bytes.byteLength === HEADER_BYTES && bytes[1] === WINDOW_UPDATE) updates++
  })
  const create = () => streamMuxer()().createStreamMuxer
  const muxers = [create()(outbound), create()(inbound)]
  const far = new Promise<Stream>(resolve => {
    muxers[1]!.addEventListener('stream', ({ detail }) => { resolve(detail) })
  })
  const near = await muxers[0]!.createStream()
  near.send(new Uint8Array(1))
  return { near, far: await far, updates: () => updates, muxers }
}

async function received (stream: Stream, bytes: number): Promise<void> {
  let got = 0
  await new Promise<void>(resolve => {
    const onMessage = ({ data }: StreamMessageEvent): void => {
      got += data.byteLength
      if (got < bytes) return
      stream.removeEventListener('message', onMessage)
      resolve()
    }
    stream.addEventListener('message', onMessage)
  })
}

describe('protocols/stream-muxer', () => {
  it('passes on more than a window, with fewer updates than frames', async () => {
    const { near, far, updates, muxers } = await opened()
    const frames = 40
    for (let i = 0; i < frames; i++) {
      const arrived = received(far, FRAME_BYTES)
      near.send(new Uint8Array(FRAME_BYTES))
      await arrived
    }
    expect(updates()).to.be.within(1, frames * 0.7)
    muxers.forEach(muxer => { muxer.abort(new Error('over')) })
  })

  it('says nothing of a window that is hardly used, however soon a message follows', async () => {
    const { near, far, updates, muxers } = await opened()
    Object.assign(far, { getRTT: () => 10_000 })
    for (let i = 0; i < 20; i++) {
      const arrived = received(far, 200)
      near.send(new Uint8Array(200))
      await arrived
    }
    // That it is open.
    expect(updates()).to.equal(1)
    muxers.forEach(muxer => { muxer.abort(new Error('over')) })
  })

  it('opens a window that is used up in part after a moment', async () => {
    const { near, far, muxers } = await opened()
    const room = () => (near as unknown as { sendWindowCapacity: number }).sendWindowCapacity
    const before = room()
    const all = received(far, FRAME_BYTES)
    near.send(new Uint8Array(FRAME_BYTES))
    await all
    while (room() < before) await new Promise(resolve => { setTimeout(resolve, 1) })
    muxers.forEach(muxer => { muxer.abort(new Error('over')) })
  })
})
