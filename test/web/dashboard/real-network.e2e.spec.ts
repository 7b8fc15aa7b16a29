/**
 * What the dashboard shows of a network that plays: a bootstrap, an origin, an edge and two peers
 * in this process, with real media over real sockets. Its figures are those of the nodes' own
 * metrics.
 */

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect } from 'chai'
import { chromium } from 'playwright-core'
import { bootstrapServices } from '../../../bootstrap/bootstrap-services.ts'
import { loadConfig } from '../../../daemon/config.ts'
import { componentLogger } from '../../../daemon/log.ts'
import { createNode, type Node } from '../../../daemon/node.ts'
import { findDaemon } from '../../../protocols/control/find-daemon.ts'
import {
  type Availability, type Figures, type Summary, summaryOf, sumOf
} from '../../../protocols/dashboard/index.ts'
import type { Role } from '../../../protocols/exchange/index.ts'
import type { ReportCounts } from '../../../protocols/tracker/index.ts'
import { mediaFiles } from '../../../testnet/player.ts'
import { roleParts } from '../../../testnet/role-parts.ts'
import { bytes, percent } from '../../../web/dashboard/words.ts'
import { get, getJson, until } from '../../e2e/network-rig.ts'
import { makeTone } from '../../origin/media-files.ts'
import { LAUNCH } from '../served-to-browser.ts'

const PACE = { stepMs: 100, maxSteps: 10_000 }
const HEARTBEAT = { heartbeatMs: 200 }
const SECONDS = 20
const ASK_MS = 120
/** Ten heartbeats. */
const RESTING_STEPS = 20
const WAIT = { timeout: 30_000 }

describe('web/dashboard of a real network', function () {
  this.timeout(120_000)
  let folder: string
  const nodes = new Map<string, Node>()
  let id = ''

  before(async () => { folder = await mkdtemp(join(tmpdir(), 'cdnd-dashboard-')) })
  after(async () => {
    for (const node of [...nodes.values()].reverse()) await node.stop()
    await rm(folder, { recursive: true, force: true })
  })

  const start = async (role: Role, name: string = role, flags: Record<string, unknown> = {}) => {
    const bootstrap = nodes.get('bootstrap')?.host.getMultiaddrs().map(String) ?? []
    const { config } = loadConfig({ env: {}, flags: {
      role, bootstrap, data: join(folder, name), network: 'dashboard',
      listen: ['/ip4/127.0.0.1/tcp/0'], 'gateway.host': '127.0.0.1', 'gateway.port': 0,
      'control.port': 0, 'log.level': 'silent', 'store.keepFree': '0', ...flags
    } })
    const logger = componentLogger(config.log)
    const parts = role === 'bootstrap'
      ? { services: bootstrapServices(config, logger, PACE) }
      : roleParts(config, logger)
    const node = await createNode({
      config, logger, onShutdown: () => {}, announce: HEARTBEAT, ...parts
    })
    nodes.set(name, node)
    await node.start()
    return node
  }

  /** Plays a title from its start to its end, as fast as it comes. */
  const play = async (node: Node, id: string) => {
    const base = `${node.gateway.url()}/hls/${id}/128k`
    await get(`${base.replace(/\/128k$/, '')}/master.m3u8`)
    for (const { name } of await mediaFiles(`${base}/index.m3u8`)) {
      await (await get(`${base}/${name}`)).arrayBuffer()
    }
  }

  /** One node's metric with that label; over the control API, which counts for itself. */
  const metric = async (name: string, metric: string, label = ''): Promise<number> => {
    const { url, token } = await findDaemon(join(folder, name))
    const headers = { authorization: `Bearer ${token}` }
    const text = await (await get(`${url}/metrics`, { headers })).text()
    return text.split('\n').filter(line => line.split(/[{ ]/)[0] === metric && line.includes(label))
      .reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0)
  }
  const peers = async (name: string, label = ''): Promise<number> =>
    await metric('first', name, label) + await metric('second', name, label)

  /** Not more often than the bootstrap answers. */
  const figures = async (): Promise<Figures> => {
    await sleep(ASK_MS)
    return await getJson(`${nodes.get('bootstrap')!.gateway.url()}/dashboard/figures`)
  }
  const told = async (role: Role): Promise<ReportCounts> =>
    sumOf((await figures()).steps.map(({ sums }) => sums[role]))
  /** Waits until the dashboard says what the nodes count. */
  const same = async (
    what: string, shown: () => Promise<number>, counted: () => Promise<number>
  ): Promise<void> => {
    await until(async () => Math.abs(await shown() - await counted()) < 1, what)
  }
  const summary = async (): Promise<Summary> => summaryOf((await figures()).steps)

  it('shows what nodes count: bytes by source, media, start-ups, who gave', async () => {
    await start('bootstrap')
    const origin = await start('origin')
    await start('edge')
    const path = await makeTone(folder, 'tone.wav', SECONDS)
    const published = await origin.publish!({ path, bitrates: ['128k'], segment: '4s' })
    for await (const progress of published) if (progress.stage === 'done') id = progress.id
    const [first, second] = [await start('peer', 'first'), await start('peer', 'second')]
    await play(first, id)
    await play(second, id)
    for (const source of ['local', 'peer', 'edge', 'origin'] as const) {
      await same(`bytes from ${source}`, async () => (await told('peer'))[source],
        () => peers('cdnd_retrieval_bytes_total', `source="${source}"`))
    }
    await same('media given', async () => (await told('peer')).given,
      () => peers('cdnd_http_media_bytes_total'))
    await same('what the origin sent over HTTP', async () => (await told('origin')).sent,
      () => metric('origin', 'cdnd_http_sent_bytes_total', 'listener="gateway"'))
    await same('seconds of media', async () => (await told('peer')).mediaMs / 1_000,
      () => peers('cdnd_playback_media_seconds_total'))
    await same('start-ups', async () => (await summary()).startUps,
      () => peers('cdnd_playback_start_seconds_count'))
    const { startUps, givenBytes, saved, peer = 0, edge = 0, origin: rest = 0, own = 0 } =
      await summary()
    expect(startUps).to.equal(2)
    expect(givenBytes).to.be.greaterThan(2 * SECONDS * 16_000 * 0.9)
    expect(peer + edge + rest + own).to.be.closeTo(1, 1e-9)
    expect(saved).to.be.within(0, 1)
    const { rows } = await getJson<Availability>(
      `${nodes.get('bootstrap')!.gateway.url()}/dashboard/availability?content=${id}`)
    expect(rows.filter(({ held, blocks }) => held === blocks).map(({ id }) => id))
      .to.include(String(first.host.peerId)).and.to.include(String(origin.host.peerId))
  })

  it('says on the page what the nodes’ metrics say', async () => {
    const browser = await chromium.launch(LAUNCH)
    try {
      const page = await browser.newPage()
      await page.goto(`${nodes.get('bootstrap')!.gateway.url()}/dashboard`)
      const says = async (selector: string, text: string): Promise<void> => {
        await page.locator(selector, { hasText: text }).waitFor(WAIT)
      }
      const from = async (source: string): Promise<number> =>
        await peers('cdnd_retrieval_bytes_total', `source="${source}"`)
      const [peer, edge, origin] = [await from('peer'), await from('edge'), await from('origin')]
      const given = await peers('cdnd_http_media_bytes_total')
      const used = Math.max(given, peer + edge + origin)
      await says('#tile-hits [data-source=peer]', percent(peer / used))
      await says('#tile-hits [data-source=edge]', percent(edge / used))
      await says('#tile-hits [data-source=origin]', percent(origin / used))
      await says('#tile-start', '2 starts')
      const served = await metric('edge', 'cdnd_http_media_bytes_total') +
        await metric('origin', 'cdnd_http_media_bytes_total')
      await says('#tile-saved', `of ${bytes(given + served)} played`)
      await says('#counts', '2 peers, 1 edge, 1 origin; 4 report')
    } finally {
      await browser.close()
    }
  })

  it('hears nothing new of peers that rest, though they send heartbeats', async () => {
    await until(async () => (await figures()).steps.slice(-RESTING_STEPS)
      .every(({ sums }) => sums.peer == null), 'peers that rest')
    expect((await figures()).steps.at(-1)!.reporting).to.equal(4)
  })

  it('hears nothing of a node that keeps it to itself', async () => {
    const { reporting } = (await figures()).steps.at(-1)!
    const silent = await start('peer', 'silent', { report: 'off' })
    await until(async () => (await figures()).steps.at(-1)!.nodes.peer === 3, 'a third peer')
    const { given } = await told('peer')
    await play(silent, id)
    const { steps } = await figures()
    await until(async () => (await figures()).steps.length > steps.length + 9, 'more steps')
    expect((await figures()).steps.at(-1)!.reporting).to.equal(reporting)
    expect((await told('peer')).given).to.equal(given)
  })
})
