/**
 * The page to listen on, as an edge serves it, in Chromium.
 */

import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { type Browser, chromium, type Page } from 'playwright-core'
import { gatewayOf } from '../../e2e/network-rig.ts'
import { makeFilm } from '../../origin/media-files.ts'
import { type Network, openNetwork, watch } from '../player/site-rig.ts'
import { LAUNCH } from '../served-to-browser.ts'

const WAIT = { timeout: 30_000 }
const PHONE = { width: 390, height: 844 }

describe('web/listen', function () {
  this.timeout(120_000)
  let network: Network
  let browser: Browser
  let page: Page
  let complaints: string[]
  let asked: string[]

  before(async () => {
    network = await openNetwork()
    const path = await makeFilm(network.rig.folder, 'film.mp4', 12, '320x180')
    await network.rig.publish(network.origin, { path, segment: '2s', alias: 'film' })
    browser = await chromium.launch(LAUNCH)
    page = await browser.newPage({ viewport: { width: 1280, height: 800 } })
    ;({ complaints, asked } = watch(page))
    await page.goto(`${gatewayOf(network.edge)}/listen`)
  })
  after(async () => {
    await browser?.close()
    await network?.rig.close()
  })

  const says = async (selector: string, text: string | RegExp, on = page): Promise<void> => {
    await on.locator(selector, { hasText: text }).first().waitFor(WAIT)
  }
  const shot = async (name: string, on = page): Promise<void> => {
    await on.screenshot({ path: join(tmpdir(), `cdnd-listen-${name}.png`), fullPage: true })
  }
  const segmentsShown = async (): Promise<number> =>
    await page.locator('#strip [data-source]').count()

  it('is redirected to its folder, and lists the titles with their lengths', async () => {
    expect(page.url()).to.equal(`${gatewayOf(network.edge)}/listen/`)
    await says('#titles button', /tone.*0:24/)
    await says('#titles button', /film.*0:12/)
  })

  it('finds a title, and plays it with the keyboard alone', async () => {
    await page.focus('#search')
    await page.keyboard.type('TON')
    expect(await page.locator('#titles button').count()).to.equal(1)
    await page.keyboard.press('Tab')
    await page.keyboard.press('Enter')
    await says('#playing', 'tone')
    await page.waitForFunction(() => document.querySelector('video')!.currentTime > 0.5)
    expect(page.url()).to.match(new RegExp(`#${network.title.id}$`))
    expect(await page.title()).to.equal('tone – cdnd player')
  })

  it('shows of each segment where it came from, in colours and in words', async () => {
    await page.waitForFunction(() =>
      document.querySelectorAll('#strip [data-source=edge]').length >= 5, undefined, WAIT)
    await says('#segments li', 'edge')
    const label = await page.locator('#strip').getAttribute('aria-label')
    expect(label).to.match(/^\d+ of 1\d segments: .*\d+ from (edge|origin)/)
    await says('#figures', /bit rate\s*\d+ kbit\/s/)
    await says('#figures', /buffered\s*\d+ s/)
    await shot('light')
  })

  it('meets others, says so, and stays away when it is told to', async () => {
    await says('#state', 'shares with other listeners')
    await page.uncheck('#p2p')
    await says('#state', 'plays from servers')
    await page.check('#p2p')
    await says('#state', 'shares with other listeners')
  })

  it('seeks by its strip', async () => {
    const { width } = (await page.locator('#strip').boundingBox())!
    await page.locator('#strip').click({ position: { x: width * 0.75, y: 10 } })
    await page.waitForFunction(() => document.querySelector('video')!.currentTime >= 17)
    expect(await segmentsShown()).to.be.greaterThan(5)
  })

  it('shows pictures where there are any', async () => {
    await page.fill('#search', '')
    await page.click('#titles button:has-text("film")')
    await says('#playing', 'film')
    await page.waitForFunction(() => document.querySelector('video')!.videoWidth === 320)
    await page.waitForFunction(() => !document.querySelector('video')!.classList.contains('sound'))
    await page.waitForFunction(() => document.querySelectorAll('#strip i').length === 6)
    await page.emulateMedia({ colorScheme: 'dark' })
    await shot('dark')
  })

  it('fits a phone', async () => {
    const phone = await browser.newPage({ viewport: PHONE, colorScheme: 'dark' })
    await phone.goto(`${gatewayOf(network.edge)}/listen/#${network.title.id}`)
    await says('#segments li', /\d/, phone)
    const overflow = await phone.evaluate(() =>
      document.documentElement.scrollWidth - document.documentElement.clientWidth)
    expect(overflow).to.equal(0)
    await shot('phone', phone)
    await phone.close()
  })

  it('names everything that can be used, and complains of nothing', async () => {
    const nameless = await page.evaluate(() => [...document.querySelectorAll<HTMLElement>(
      'button, input, video, table, [role=img], section, nav'
    )].filter(one => {
      const labels = (one as HTMLInputElement).labels?.length ?? 0
      const text = one.ariaLabel ?? one.getAttribute('aria-labelledby') ?? one.textContent
      return labels === 0 && (text ?? '').trim() === ''
    }).map(({ outerHTML }) => outerHTML))
    expect(nameless).to.deep.equal([])
    expect(complaints).to.deep.equal([])
    const hosts = new Set(asked.filter(url => url.startsWith('http')).map(url => new URL(url).host))
    const known = [network.edge, network.origin, network.bootstrap]
      .map(daemon => new URL(gatewayOf(daemon)).host)
    expect([...hosts].filter(host => !known.includes(host))).to.deep.equal([])
  })
})
