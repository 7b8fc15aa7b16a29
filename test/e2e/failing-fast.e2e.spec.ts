import { expect } from 'chai'
import type { DaemonProcess } from '../../testnet/daemon-process.ts'
import { sampleTitle, type SampleTitle } from '../protocols/content/titles.ts'
import { gatewayOf, get, NetworkRig, until } from './network-rig.ts'

/** Less than half of what a fetch may take. */
const SOON_MS = 4_500

describe('e2e/failing fast', function () {
  this.timeout(60_000)
  let rig: NetworkRig
  let peer: DaemonProcess
  let title: SampleTitle

  before(async () => {
    title = await sampleTitle()
    rig = await NetworkRig.open()
    await rig.start('bootstrap')
    peer = await rig.start('peer')
    await until(async () => (await rig.status(peer)).peers > 0, 'the bootstrap')
  })
  after(async () => { await rig.close() })

  async function asked (): Promise<{ status: number, ms: number }> {
    const sinceMs = performance.now()
    const { status } = await get(`${gatewayOf(peer)}/hls/${title.id}/master.m3u8`)
    return { status, ms: performance.now() - sinceMs }
  }

  it('a node that knows no server says soon that nobody has a title', async () => {
    const { status, ms } = await asked()
    expect(status).to.equal(404)
    expect(ms).to.be.below(SOON_MS)
  })

  it('a node whose only server is down says that soon, time after time', async () => {
    const origin = await rig.start('origin')
    await until(async () => (await rig.status(peer)).httpSources.length > 0, 'the origin', 40_000)
    await origin.kill()
    for (let time = 0; time < 2; time++) {
      const { status, ms } = await asked()
      expect(status).to.be.oneOf([502, 404])
      expect(ms).to.be.below(SOON_MS)
    }
  })
})
