/**
 * What the browser benchmark measures with, on a title of some seconds, by the player that needs no
 * package of bench/peers.
 */

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { arrive, type Stage, withStage, wrongSegments } from '../../../bench/pages/stage.ts'
import { get } from '../../e2e/network-rig.ts'
import { makeTone } from '../../origin/media-files.ts'

const SECONDS = 5
const WAIT_MS = 20_000

describe('bench/pages/stage, in Chromium', function () {
  this.timeout(60_000)
  let folder: string
  let path: string

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'cdnd-e2e-'))
    path = await makeTone(folder, 'tone.flac', SECONDS)
  })
  after(async () => { await rm(folder, { recursive: true, force: true }) })

  async function playAlone (stage: Stage): Promise<void> {
    const { title } = stage.servers
    const listener = await arrive(stage)
    expect(await listener.until(({ isEnded }) => isEnded, WAIT_MS)).to.equal(true)
    const state = await listener.read()
    expect(new Set(state.given)).to.deep.equal(title.segmentHashes)
    expect(wrongSegments(stage, state)).to.equal(0)
    expect(state.startUpMs).to.be.lessThan(state.openedMs!)
    expect(state.completeMs).to.be.greaterThan(0)
    expect(state.told.peerBytes).to.equal(0)
    // Manifests and heads come to it. Some of it may come over WebRTC, from the edge too.
    const { serverBytes } = state.told
    expect(serverBytes).to.be.within(title.totalBytes, title.totalBytes + 20_000)
    expect(await stage.servers.sentBytes()).to.be.within(serverBytes, serverBytes + 20_000)
    expect(listener.httpBytes).to.be.within(1, serverBytes + 20_000)
    expect(await listener.heapBytes()).to.be.greaterThan(0)
    expect(listener.complaints).to.deep.equal([])
  }

  it('hears what is played, counts what servers sent, and is gone when interrupted', async () => {
    const interrupt = new AbortController()
    const reason = new Error('interrupted')
    let url = ''
    const ended = withStage({
      player: 'cdnd', path, seconds: SECONDS, joinSeconds: 0, signal: interrupt.signal
    }, async stage => {
      url = stage.servers.title.url
      await playAlone(stage)
      interrupt.abort(reason)
      await new Promise(() => {})
    })
    expect(await ended.catch((err: unknown) => err)).to.equal(reason)
    expect(await get(url).then(() => 'an answer', () => 'none')).to.equal('none')
  })
})
