/**
 * A page and a listener's daemon, over webrtc-direct.
 */

import { expect } from 'chai'
import { gatewayOf, served } from '../../e2e/network-rig.ts'
import { RENDITION, SwarmRig } from './swarm-rig.ts'

describe('web/node and cdnd', function () {
  this.timeout(120_000)
  let rig: SwarmRig

  before(async () => { rig = await SwarmRig.open() })
  after(async () => { await rig?.close() })

  it('serve each other what only one of them has', async () => {
    const peer = await rig.network.start('peer', 'peer', { retrieval: { readAhead: '0' } })
    const play = async (number: number): Promise<string> =>
      (await served(`${gatewayOf(peer)}/hls/${rig.title.id}/${RENDITION}/${number}.m4s`)).sha256
    const page = await rig.listener()
    await page.join()
    // The ends of the title, beyond what either fetches for the other.
    const [own, others] = [0, rig.hashes.length - 1]
    expect(await play(own)).to.equal(rig.hashes[own])
    expect(await rig.play(page, others)).to.deep.equal(rig.hashes.slice(others))
    await Promise.all([rig.edge, rig.origin].map(daemon => daemon.kill()))
    expect(await rig.play(page, own, own + 1)).to.deep.equal([rig.hashes[own]])
    expect(await play(others)).to.equal(rig.hashes[others])
    const neighbours = await page.neighbours()
    expect(neighbours.map(({ role, transport }) => `${role} over ${transport}`))
      .to.include('peer over webrtc-direct')
    expect((await page.taken()).peer).to.be.greaterThan(0)
  })
})
