/**
 * Pages among themselves, in Chromium, with real servers beside them.
 */

import { expect } from 'chai'
import { gatewayOf, getJson, until } from '../../e2e/network-rig.ts'
import type { PageUnderTest } from './page-rig.ts'
import { SwarmRig } from './swarm-rig.ts'

const FAREWELL_MS = 5_000

describe('web/node among pages', function () {
  this.timeout(120_000)
  let rig: SwarmRig

  before(async () => { rig = await SwarmRig.open() })
  after(async () => { await rig?.close() })
  afterEach(async () => { await rig.leaveAll() })

  /** One that has all of the title, and tells others. */
  async function seeder (): Promise<PageUnderTest> {
    const page = await rig.listener()
    await Promise.all([page.join(), rig.play(page)])
    return page
  }
  const met = async (page: PageUnderTest): Promise<void> => {
    await until(async () => (await page.neighbours()).some(({ transport }) =>
      transport === 'webrtc'), 'a page to meet another')
  }
  const viewers = async (): Promise<number> =>
    (await getJson<{ viewers: number }>(`${gatewayOf(rig.bootstrap)}/viewers/${rig.title.id}`))
      .viewers

  it('a page plays from a server where it meets nobody', async () => {
    const page = await rig.listener({ bootstrap: [] })
    expect(await rig.play(page)).to.deep.equal(rig.hashes)
    expect((await page.taken()).peer).to.equal(0)
    expect(await page.state()).to.equal('servers')
    expect(page.complaints).to.deep.equal([])
  })

  it('a page gets from another what that has', async () => {
    await seeder()
    const second = await rig.listener()
    await rig.play(second, 0, 1)
    await second.join()
    await met(second)
    expect(await rig.play(second, 1)).to.deep.equal(rig.hashes.slice(1))
    const { peer, edge } = await second.taken()
    expect(peer).to.be.greaterThan(4 * edge)
    expect(await second.states()).to.deep.equal(['joining', 'joined'])
    const [neighbour] = await second.neighbours()
    expect(neighbour!.receivedBytes).to.be.at.least(peer)
    expect(second.complaints).to.deep.equal([])
  })

  it('a page that is loaded again has what it had, and gives it to others', async () => {
    const context = await rig.pages.context()
    const before = await rig.pages.page(context)
    await rig.start(before, { bootstrap: [] })
    await rig.play(before)
    await before.stop()
    const after = await rig.pages.page(context)
    await rig.start(after, { bases: [] })
    expect(await rig.play(after)).to.deep.equal(rig.hashes)
    expect(await after.taken()).to.include({ edge: 0, origin: 0, peer: 0 })
    await after.join()
    const second = await rig.listener({ bases: [] })
    await second.join()
    expect(await rig.play(second)).to.deep.equal(rig.hashes)
    expect((await second.taken()).peer).to.be.greaterThan(0)
  })

  it('a page leaves the others at run time, plays on from servers, and comes back', async () => {
    await seeder()
    const second = await rig.listener()
    await rig.play(second, 0, 1)
    await second.join()
    await met(second)
    await second.leave()
    expect(await second.neighbours()).to.deep.equal([])
    expect(await rig.play(second, 1)).to.deep.equal(rig.hashes.slice(1))
    expect(await second.state()).to.equal('servers')
    await second.join()
    await met(second)
    expect(second.complaints).to.deep.equal([])
  })

  it('a page that is closed is gone from the room', async () => {
    const page = await seeder()
    await until(async () => await viewers() > 0, 'the page to be counted')
    const closedMs = performance.now()
    await page.page.close({ runBeforeUnload: true })
    await until(async () => await viewers() === 0, 'the page to be forgotten', FAREWELL_MS)
    console.log(`      gone after ${Math.round(performance.now() - closedMs)} ms`)
  })

  it('a page is in the room again when its bootstrap was started anew', async () => {
    await seeder()
    await until(async () => await viewers() > 0, 'the page to be counted')
    await rig.bootstrap.kill()
    const t = performance.now()
    await rig.network.restart(rig.bootstrap)
    await until(async () => (await rig.network.providersOf(rig.title.id)).some(peer =>
      ![rig.edge, rig.origin].some(({ ready }) => ready.peer === peer)),
      'the page to be known again', 60_000)
    console.log(`      known again after ${Math.round(performance.now() - t)} ms`)
    const second = await rig.listener({ bases: [] })
    await second.join()
    // Who is known may not have a slot at the relay yet.
    await until(async () => await rig.play(second, 0, 1).then(() => true, () => false),
      'the page to be found', 30_000)
    expect(await rig.play(second, 0, 2)).to.deep.equal(rig.hashes.slice(0, 2))
  })

  it('a page that may upload nothing gives nothing, and gets what it wants', async () => {
    const mean = await rig.listener({ uploadBytesPerSecond: 0 })
    await Promise.all([mean.join(), rig.play(mean)])
    const second = await rig.listener()
    await Promise.all([second.join(), rig.play(second)])
    await met(second)
    expect((await second.taken()).peer).to.equal(0)
    expect(await rig.play(mean)).to.deep.equal(rig.hashes)
  })

  it('who sends wrong blocks is banned, and nobody plays them', async () => {
    const liar = await seeder()
    await liar.lie()
    const second = await rig.listener()
    await rig.play(second, 0, 1)
    await second.join()
    expect(await rig.play(second, 1)).to.deep.equal(rig.hashes.slice(1))
    await until(async () => (await second.neighbours()).every(({ transport }) =>
      transport !== 'webrtc'), 'the liar to be dropped')
    expect((await second.taken()).edge).to.be.greaterThan(0)
  })

  it('a swarm is joined when enough play the title', async () => {
    const first = await rig.listener({ minViewers: 2 })
    await rig.play(first, 0, 1)
    const joined = first.join()
    await until(async () => await first.state() === 'waiting', 'the first to wait')
    const second = await rig.listener({ minViewers: 2 })
    await rig.play(second, 0, 1)
    await second.join()
    await joined
    expect([await first.state(), await second.state()]).to.deep.equal(['joined', 'joined'])
  })
})
