/**
 * The dashboard in a browser: a real bootstrap, and 160 nodes that sign what they report.
 */

import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { type Browser, chromium, type Page } from 'playwright-core'
import { type Figures, summaryOf, sumOf } from '../../../protocols/dashboard/index.ts'
import { noCounts } from '../../../protocols/tracker/index.ts'
import { percent } from '../../../web/dashboard/words.ts'
import { until } from '../../e2e/network-rig.ts'
import { LAUNCH } from '../served-to-browser.ts'
import { GIVEN_BYTES, PLAYED, ReportingNetwork } from './reporting-network.ts'

const SIZE = 160
const PEERS = 151
const STEP_MS = 300
const ASK_MS = 150
/** From one address. */
const MAX_LISTENERS = 8
const WAIT = { timeout: 30_000 }

describe('web/dashboard', function () {
  this.timeout(120_000)
  let network: ReportingNetwork
  let browser: Browser
  let page: Page
  const complaints: string[] = []

  before(async () => {
    network = await ReportingNetwork.open(SIZE, STEP_MS)
    browser = await chromium.launch(LAUNCH)
    page = await browser.newPage({ viewport: { width: 1440, height: 1000 } })
    page.on('console', message => { complaints.push(message.text()) })
    page.on('pageerror', err => { complaints.push(String(err)) })
    page.on('request', request => {
      if (!request.url().startsWith(network.rig.url) && !request.url().startsWith('data:')) {
        complaints.push(`asked ${request.url()}`)
      }
    })
  })
  after(async () => {
    await browser?.close()
    await network?.close()
  })

  const says = async (selector: string, text: string): Promise<void> => {
    await page.locator(selector, { hasText: text }).first().waitFor(WAIT)
  }
  /** Not more often than the bootstrap answers. */
  const figures = async (): Promise<Figures> => {
    await page.waitForTimeout(ASK_MS)
    return await (await fetch(`${network.rig.url}/dashboard/figures`)).json() as Figures
  }

  it('says that nothing has happened yet', async () => {
    await page.goto(`${network.rig.url}/dashboard`)
    await says('#live', 'live')
    await says('#counts', '151 peers, 8 edges, 1 origin; 0 report')
    await says('#tile-start', 'nobody has started')
    await says('#top', 'Nobody has given')
    await says('#parts-words', 'Nobody is getting a title')
  })

  it('shows at a glance what 160 nodes report, as it comes', async () => {
    await network.playOn()
    await says('#counts', '160 report')
    await says('#tile-hits .big', '70.0 % peers')
    await says('#tile-hits [data-source=edge]', '25.0 %')
    await says('#tile-hits [data-source=own]', '0 %')
    await says('#tile-bitrate', '128 kbit/s')
    await says('#tile-edge', '90.0 %')
    await says('#tile-start', '151 starts')
    await says('#tile-rebuffering', '9 stalls, 6.8 s in all')
    await network.playOn()
    await until(async () => sumOf((await figures()).steps.map(({ sums }) => sums.peer)).given ===
      2 * PEERS * GIVEN_BYTES, 'all that was told')
    const { saved, p50Ms } = summaryOf((await figures()).steps)
    await says('#tile-saved', percent(saved))
    await says('#tile-start .big', `${Math.round(p50Ms!)} ms`)
    await says('#chart-shares', '70.0 %')
    await says('#chart-nodes', '160')
  })

  it('names who gives most, and draws who is linked with whom', async () => {
    await says('#top tr', '…')
    expect(await page.locator('#top tr').count()).to.equal(20)
    const { top } = await figures()
    await says('#top tr:first-child th', top[0]!.id.slice(-8))
    await says('#network-words', '160 nodes in 4 regions')
    await page.locator('#map canvas').waitFor(WAIT)
  })

  it('shows who holds which part of the title that most are getting, by keys too', async () => {
    expect(await page.inputValue('#content')).to.equal(String(PLAYED))
    await says('#parts-words', '9 servers and 151 peers hold some of it. Rarest is part 62 of 64')
    await page.focus('#parts')
    await page.keyboard.press('ArrowRight')
    await says('#part-words', 'part 1 of 64: ')
    for (let i = 0; i < 3; i++) await page.keyboard.press('ArrowDown')
    await says('#part-words', ': 100 % of part 1 of 64')
    await page.mouse.move(0, 0)
    const box = (await page.locator('#parts').boundingBox())!
    await page.mouse.move(box.x + box.width - 4, box.y + 4)
    await says('#part-words', 'part 64 of 64: ')
  })

  it('says in the bootstrap’s own words what is no title, and of one nobody has', async () => {
    await page.fill('#content', 'no CID')
    await page.press('#content', 'Enter')
    await says('#parts-words.bad', 'no CID')
    await page.fill('#content', String(PLAYED))
    await page.press('#content', 'Enter')
    await says('#parts-words:not(.bad)', '9 servers')
  })

  it('looks at the last minutes on demand', async () => {
    await page.click('#spans button:has-text("5 min")')
    expect(await page.getAttribute('#spans button:has-text("5 min")', 'aria-pressed'))
      .to.equal('true')
    await says('#tile-hits .big', '70.0 % peers')
  })

  it('is not moved by one that makes its figures up, and says that it cut it back', async () => {
    const liar = network.nodes.at(-1)!
    const counts = { ...noCounts(), edge: 2 ** 50, given: 2 ** 50, uploaded: 2 ** 50 }
    await network.report(liar, { sinceMs: Date.now(), counts, starts: [], holds: [] })
    await says('#counts', '1 beyond belief and cut back')
    const { peer, edge } = summaryOf((await figures()).steps)
    expect([peer! > 0.6, edge! < 0.35]).to.deep.equal([true, true])
  })

  it('asks again and again where too many listen', async () => {
    const over = new AbortController()
    const others = Array.from({ length: MAX_LISTENERS }, async () =>
      await fetch(`${network.rig.url}/dashboard/events`, { signal: over.signal }))
    const answers = await Promise.all(others)
    expect(answers.some(({ status }) => status === 503)).to.equal(true)
    const another = await browser.newPage()
    await another.goto(`${network.rig.url}/dashboard`)
    await another.locator('#live', { hasText: 'asking every 10 s' }).waitFor(WAIT)
    await another.locator('#tile-hits .big', { hasText: 'peers' }).waitFor(WAIT)
    over.abort()
    await another.locator('#live[data-state=live]').waitFor(WAIT)
    await another.close()
  })

  it('reads nothing from elsewhere, fits a phone, and complains of nothing', async () => {
    const picture = (name: string) =>
      page.screenshot({ path: join(tmpdir(), `cdnd-dashboard-${name}.png`), fullPage: true })
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme })
      await picture(colorScheme)
    }
    await page.setViewportSize({ width: 390, height: 844 })
    await page.waitForFunction(() => document.documentElement.scrollWidth <= innerWidth, WAIT)
    await picture('phone')
    expect(complaints.filter(line => !line.includes('400'))).to.deep.equal([])
  })
})
