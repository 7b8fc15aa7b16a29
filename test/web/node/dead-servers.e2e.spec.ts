/**
 * Pages when edge and origin are gone.
 */

import { expect } from 'chai'
import { until } from '../../e2e/network-rig.ts'
import { SwarmRig } from './swarm-rig.ts'

describe('web/node without servers', function () {
  this.timeout(120_000)
  let rig: SwarmRig

  before(async () => { rig = await SwarmRig.open() })
  after(async () => { await rig?.close() })

  it('a page that comes late gets all of a title from pages, root and index included', async () => {
    const [first, second] = [await rig.listener(), await rig.listener()]
    const half = rig.hashes.length >> 1
    await Promise.all([first.join(), rig.play(first, 0, half + 1)])
    await Promise.all([second.join(), rig.play(second, half)])
    await Promise.all([rig.edge, rig.origin].map(daemon => daemon.kill()))
    const late = await rig.listener()
    await late.join()
    expect(await rig.play(late)).to.deep.equal(rig.hashes)
    expect(await late.taken()).to.include({ edge: 0, origin: 0 })
    // The others complete each other.
    expect(await rig.play(first)).to.deep.equal(rig.hashes)
    expect(await rig.play(second)).to.deep.equal(rig.hashes)
    await until(async () => (await late.neighbours()).length >= 2, 'the late page to know both')
  })
})
