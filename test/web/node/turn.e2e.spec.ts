/**
 * Two pages that hide their addresses, and what only TURN can carry.
 */

import { expect } from 'chai'
import { until } from '../../e2e/network-rig.ts'
import { SwarmRig } from './swarm-rig.ts'
import { startTurnServer, type TurnServer } from './turn-server.ts'

const SECRET = 'known to both'

/** Bytes that coturn says it sent to those whom its clients talk to, as it counts their visits. */
function passed (log: string): number {
  const counts = [...log.matchAll(/peer usage:.*? sb=(\d+)/g)]
  return counts.reduce((sum, [, bytes]) => sum + Number(bytes), 0)
}

describe('web/node over TURN', function () {
  this.timeout(120_000)
  let rig: SwarmRig
  let turn: TurnServer

  before(async () => {
    turn = await startTurnServer(SECRET)
    rig = await SwarmRig.open({ browsers: { turn: [turn.url], turnSecret: SECRET } })
  })
  after(async () => {
    await rig?.close()
    await turn?.stop()
  })

  it('two pages that show nobody their address serve each other over it', async () => {
    const first = await rig.listener({ relayOnly: true })
    await Promise.all([first.join(), rig.play(first)])
    const second = await rig.listener({ relayOnly: true, bases: [] })
    await second.join()
    expect(await rig.play(second)).to.deep.equal(rig.hashes)
    const neighbours = await second.neighbours()
    // No daemon was dialled either, though the edge would have been.
    const transports = neighbours.map(({ transport }) => transport)
    expect(transports).to.include('webrtc').and.not.include('webrtc-direct')
    const { peer } = await second.taken()
    expect(peer).to.be.greaterThan(0)
    await rig.leaveAll()
    await until(() => passed(turn.log()) >= peer, 'coturn to have passed on all of it')
  })
})
