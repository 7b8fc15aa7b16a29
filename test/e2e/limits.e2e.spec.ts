import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect } from 'chai'
import type { LimitsReport, RankedPeer } from '../../protocols/control/index.ts'
import type { DaemonProcess } from '../../testnet/daemon-process.ts'
import { NetworkRig, until } from './network-rig.ts'

const CDN_CLI = fileURLToPath(new URL('../../cli/cdn-cli.ts', import.meta.url))
const MB = 1_000_000

const run = promisify(execFile)

describe('e2e/limits', function () {
  this.timeout(60_000)
  let rig: NetworkRig
  let giver: DaemonProcess
  let taker: DaemonProcess

  before(async () => {
    rig = await NetworkRig.open({ retrieval: { timeout: '20s' } })
    await rig.start('bootstrap')
    giver = await rig.start('peer', 'giver', { upload: { rate: '500kB/s' } })
    taker = await rig.start('peer', 'taker')
  })
  after(async () => { await rig.close() })

  /** A file of so many bytes at the giver. */
  async function given (bytes: number): Promise<string> {
    const { cid } = await (await rig.control(giver)).addSegment(randomBytes(bytes))
    await rig.untilProvides(giver, cid)
    return cid
  }

  async function cli<T> (daemon: DaemonProcess, ...args: string[]): Promise<T> {
    const argv = [CDN_CLI, ...args, '--json', '--data', rig.dataOf(daemon)]
    return JSON.parse((await run(process.execPath, argv)).stdout)
  }

  const sent = async (): Promise<number> => (await rig.status(giver)).uploadedBytes

  it('are changed under a transfer, and its throughput follows', async () => {
    const cid = await given(6 * MB)
    const before = await sent()
    const fetching = (await rig.control(taker)).request(cid)
    await until(async () => await sent() - before > 100_000, 'a transfer')
    const [from, fromMs] = [await sent(), performance.now()]
    await until(async () => await sent() - from > 600_000, 'some of it')
    const slow = (await sent() - from) / (performance.now() - fromMs) * 1000
    expect(slow).to.be.below(530_000)
    const limits = await cli<LimitsReport>(giver, 'limits', '--upload', '20MB/s', '--parallel', '8')
    expect(limits).to.include({ uploadBytesPerSecond: 20 * MB, parallel: 8 })
    const changedMs = performance.now()
    const { deliveries } = await fetching
    // At the rate before, it would have taken ten seconds.
    expect(performance.now() - changedMs).to.be.below(4000)
    expect(deliveries.every(({ source }) => source === 'peer')).to.equal(true)
    expect(await cli<LimitsReport>(giver, 'limits')).to.deep.equal(limits)
  })

  it('show who gave and who took, and why a peer stands where it does', async () => {
    const ranked = await cli<RankedPeer[]>(taker, 'peers', '--ranked')
    const [scores, fromBest] = [ranked.map(({ score }) => score), (a: number, b: number) => b - a]
    expect(scores).to.deep.equal(scores.toSorted(fromBest))
    const ofGiver = ranked.find(({ peer }) => peer === giver.ready.peer)!
    expect(ofGiver.gaveBytes).to.be.within(5 * MB, 6.1 * MB)
    expect(ofGiver.terms.reciprocity).to.equal(Math.max(...ranked.map(of => of.terms.reciprocity)))
    expect(ofGiver.why).to.match(
      /^(near|not far|far) \([\d.]+ ms\), gave [56][.\d]* MB, took 0 B, upload /
    )
    const ofTaker = (await cli<RankedPeer[]>(giver, 'peers', '--ranked'))
      .find(({ peer }) => peer === taker.ready.peer)
    expect(ofTaker!.tookBytes).to.be.closeTo(ofGiver.gaveBytes, 0.3 * MB)
  })

  it('let nothing go out over a metered link, and everything come in', async () => {
    const control = await rig.control(giver)
    await control.changeLimits({ metered: true })
    const cid = await given(300_000)
    const before = await sent()
    const refused = (await rig.control(taker)).request(cid).then(() => 'came', () => 'refused')
    const { cid: other } = await (await rig.control(taker)).addSegment(randomBytes(300_000))
    await rig.untilProvides(taker, other)
    const { deliveries } = await control.request(other)
    expect(deliveries[0]).to.include({ source: 'peer' })
    expect(await sent() - before).to.be.below(50_000)
    await control.changeLimits({ metered: false })
    expect(await refused).to.equal('came')
  })
})
