/**
 * The report as a browser shows it: from one file, in light and dark, on a wide and a small screen.
 */

import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { expect } from 'chai'
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core'
import { readRecord } from '../../../testnet/compare.ts'
import { type ReportInit, writeReport } from '../../../testnet/report-page/index.ts'
import type { RunRecord } from '../../../testnet/run-record.ts'
import { sampleRecord } from '../sample-record.ts'

/** Debian's. It is root's own browser here, which has no sandbox. */
const LAUNCH = {
  executablePath: '/usr/bin/chromium', args: ['--no-sandbox', '--disable-dev-shm-usage']
}
const WIDE = { viewport: { width: 1280, height: 900 } }
const PHONE = { viewport: { width: 390, height: 844 } }

describe('testnet/report-page', function () {
  this.timeout(60_000)
  const record = sampleRecord()
  let folder: string
  let browser: Browser
  const complaints: string[] = []

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'cdnd-report-'))
    browser = await chromium.launch(LAUNCH)
  })
  after(async () => {
    await browser?.close()
    await rm(folder, { recursive: true, force: true })
  })
  beforeEach(() => { complaints.length = 0 })
  afterEach(() => { expect(complaints).to.deep.equal([]) })

  async function show (
    run: RunRecord, init: ReportInit = {}, options: BrowserContextOptions = WIDE
  ): Promise<Page> {
    const url = pathToFileURL(await writeReport(run, folder, init)).href
    const page = await browser.newPage(options)
    page.on('console', message => { complaints.push(message.text()) })
    page.on('pageerror', error => { complaints.push(String(error)) })
    page.on('request', request => {
      if (request.url() !== url && !request.url().startsWith('data:')) {
        complaints.push(`asked ${request.url()}`)
      }
    })
    await page.goto(url)
    // Drawn when their width is known.
    await page.waitForFunction(() => [...document.querySelectorAll('section > div:not(.table)')]
      .every(place => place.querySelector('svg') != null))
    return page
  }
  const card = (page: Page, title: string) => page.getByRole('region', { name: title, exact: true })

  it('is one page that asks for nothing else, with the record beside it', async () => {
    const page = await show(record)
    expect((await readdir(folder)).sort()).to.deep.equal(['record.json', 'report.html'])
    expect(await readRecord(folder)).to.deep.equal(record)
    expect(await page.locator('section svg').count()).to.be.at.least(11)
    await page.close()
  })

  it('says first what the run missed, and by how much', async () => {
    const page = await show(record)
    expect(await page.locator('header').innerText()).to.include('missed 2 of its 5 goals')
    expect(await card(page, 'Goals').locator('tbody tr').first().innerText())
      .to.include('missed by 310 ms')
    await page.close()
  })

  it('counts a goal as missed whose figure was not measured', async () => {
    const [goal] = record.verdicts
    const page = await show({ ...record, verdicts: [{ ...goal!, measured: null }] })
    expect(await card(page, 'Goals').locator('tbody').innerText()).to.include('not measured')
    await page.close()
  })

  it('marks each act on every picture over time', async () => {
    const page = await show(record)
    for (const title of ['Where the bytes came from', 'Offload', 'Start-up of each play']) {
      const numbers = await card(page, title).locator('g[aria-label=text] text').allTextContents()
      expect(numbers, title).to.deep.equal(['1', '2', '3', '4', '5'])
    }
    expect(await card(page, 'What was done to the network').locator('li').count()).to.equal(5)
    await page.close()
  })

  it('shows a simulation beside a testnet, and a sweep', async () => {
    const [beside, larger] = [160, 320].map(peers =>
      sampleRecord({ kind: 'simulation', seed: 2, peers }))
    const page = await show(record, { beside: beside!, sweep: [larger!, beside!] })
    const head = await card(page, 'All figures').locator('thead').innerText()
    expect(head.split(/\s+/).filter(word => word !== '')).to.deep
      .equal(['testnet', 'simulation', '÷'])
    expect(await card(page, 'Offload against the number of peers').locator('circle').count())
      .to.equal(4)
    await page.close()
  })

  it('shows words of a record as words', async () => {
    const text = '</script><img src=x onerror=alert(1)>'
    const page = await show({ ...record, acts: [{ atMs: 0, kind: 'kill', nodes: [], text }] })
    expect(await card(page, 'What was done to the network').innerText()).to.include(text)
    await page.close()
  })

  it('fits a phone: nothing but tables reaches past its edge', async () => {
    const page = await show(record, {}, PHONE)
    const wide = await page.evaluate(() => document.documentElement.scrollWidth)
    expect(wide).to.equal(390)
    await page.close()
  })

  it('draws again when the window gets narrower', async () => {
    const page = await show(record)
    await page.setViewportSize(PHONE.viewport)
    await page.waitForFunction(() => [...document.querySelectorAll('section svg')]
      .every(svg => svg.getBoundingClientRect().width < 390))
    await page.close()
  })

  it('follows the reader to light or dark', async () => {
    const page = await show(record)
    const ground = async (colorScheme: 'light' | 'dark'): Promise<string> => {
      await page.emulateMedia({ colorScheme })
      return await page.evaluate(() => getComputedStyle(document.body).backgroundColor)
    }
    expect(await ground('light')).to.equal('rgb(246, 247, 249)')
    expect(await ground('dark')).to.equal('rgb(15, 20, 27)')
    await page.close()
  })

  it('shows a run in which nothing happened', async () => {
    const page = await show({
      ...record, plays: [], samples: [], acts: [], flows: [], nodes: [], verdicts: [], titles: []
    })
    expect(await page.locator('h1').innerText()).to.equal('everything')
    await page.close()
  })
})
