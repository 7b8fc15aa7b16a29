/**
 * The topology page in a browser: a real bootstrap, a thousand nodes with keys of their own.
 */

import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { type Browser, chromium, type Page } from 'playwright-core'
import { findDaemon } from '../../../protocols/control/find-daemon.ts'
import { until } from '../../e2e/network-rig.ts'
import { type BootstrapRig, bootstrapWith, HELD, post } from './bootstrap-rig.ts'

const SIZE = 1_000
/** Debian's. It is root's own browser here, which has no sandbox. */
const LAUNCH = {
  executablePath: '/usr/bin/chromium', args: ['--no-sandbox', '--disable-dev-shm-usage']
}
const WAIT = { timeout: 30_000 }
/** What has not changed for so many is at rest. */
const STILL_FRAMES = 20

describe('web/topology', function () {
  this.timeout(120_000)
  let rig: BootstrapRig
  let browser: Browser
  let page: Page
  const complaints: string[] = []

  before(async () => {
    rig = await bootstrapWith(SIZE)
    browser = await chromium.launch(LAUNCH)
    page = await browser.newPage({ viewport: { width: 1440, height: 900 } })
    page.on('console', message => { complaints.push(message.text()) })
    page.on('pageerror', err => { complaints.push(String(err)) })
    page.on('request', request => {
      if (!request.url().startsWith(rig.url) && !request.url().startsWith('data:')) {
        complaints.push(`asked ${request.url()}`)
      }
    })
    await page.goto(`${rig.url}/graph/ui`)
  })
  after(async () => {
    await browser?.close()
    await rig?.stop()
  })

  const says = async (selector: string, text: string): Promise<void> => {
    await page.locator(selector, { hasText: text }).waitFor(WAIT)
  }
  const find = async (id: string, key: string): Promise<void> => {
    await page.fill('#search', id.slice(-8))
    await page.press('#search', key)
  }
  /** In one second, as the browser draws them. */
  const frames = async (): Promise<number> => await page.evaluate(async () =>
    await new Promise<number>(resolve => {
      let count = 0
      const sinceMs = performance.now()
      const next = (nowMs: number): void => {
        if (nowMs - sinceMs >= 1_000) resolve(count)
        else requestAnimationFrame(next)
        count++
      }
      requestAnimationFrame(next)
    }))
  /** Once everything has found its place, nothing is drawn any more. */
  const rested = async (): Promise<void> => {
    await until(() => page.evaluate(async frames => {
      const canvas = document.querySelector<HTMLCanvasElement>('#canvas canvas')!
      const before = canvas.toDataURL()
      for (let n = 0; n < frames; n++) await new Promise(requestAnimationFrame)
      return canvas.toDataURL() === before
    }, STILL_FRAMES), 'the drawing to come to rest', WAIT.timeout)
  }
  /** What is on the canvas, by its bytes. */
  const picture = async (): Promise<string> =>
    (await page.locator('#canvas').screenshot()).toString('base64')

  it('draws all nodes, comes to rest, and is smooth when it is moved', async () => {
    await says('#counts', '1,000 nodes')
    await says('#live', 'live')
    const settling = await frames()
    await rested()
    await page.mouse.move(1_300, 450)
    await page.mouse.down()
    const moved = frames()
    for (let i = 0; i < 40; i++) await page.mouse.move(1_300 - i * 3, 450 + i)
    await page.mouse.up()
    const moving = await moved
    console.log(`      frames in a second: ${settling} while laid out, ${moving} while moved`)
    expect(moving).to.be.greaterThan(10)
  })

  it('says who a node is, once it is found or clicked', async () => {
    const { id, description } = rig.nodes[1]!
    await find(id, 'Enter')
    await says('#panel .id', id)
    await says('#panel', description.http!)
    await page.keyboard.press('Escape')
    await page.locator('#panel').waitFor({ state: 'hidden' })
    await rested() // It flies there.
    await page.mouse.move(721, 451)
    await page.waitForSelector('canvas.clickable')
    await says('.tip', id.slice(-8))
    await page.mouse.click(721, 451)
    await says('#panel .id', id)
  })

  it('shows the way between two nodes', async () => {
    const [from, to] = [rig.nodes[1]!.id, rig.nodes[500]!.id]
    await find(from, 'Enter')
    await find(to, 'Shift+Enter')
    await says('#panel', 'The way')
    const { hops, rttMs } = await (await fetch(`${rig.url}/path?from=${from}&to=${to}`)).json()
    await says('#panel', `${hops} hop`)
    await says('#panel .big', `${Math.round(rttMs)} ms`)
  })

  it('highlights who holds a title, and says when there is no such', async () => {
    await page.keyboard.press('Escape')
    await page.fill('#search', '')
    const before = await picture()
    await page.fill('#title', String(HELD))
    await page.press('#title', 'Enter')
    await says('#title-result', '111 nodes hold some of it')
    expect(await picture()).not.to.equal(before)
    await page.fill('#title', 'no CID')
    await page.press('#title', 'Enter')
    await says('#title-result.bad', 'no CID')
    await page.fill('#title', '')
    await page.press('#title', 'Enter')
  })

  it('hears of who comes, who leaves and whom the operator removes', async () => {
    const node = rig.nodes[700]!
    await post(`${rig.url}/peers/${node.id}`, 'DELETE', await node.signer.leave())
    await says('#counts', '999 nodes')
    await post(`${rig.url}/peers`, 'POST', await node.signer.heartbeat())
    await says('#counts', '1,000 nodes')
    const { url, token } = await findDaemon(rig.data)
    const remove = async (headers: Record<string, string>): Promise<number> =>
      (await fetch(`${url}/peers/${node.id}`, { method: 'DELETE', headers })).status
    expect(await remove({})).to.equal(401)
    expect(await remove({ authorization: `Bearer ${token}` })).to.equal(200)
    await says('#counts', '999 nodes')
  })

  it('hides a region on demand', async () => {
    const before = await picture()
    await page.click('#legend button:has-text("eu-central")')
    expect(await picture()).not.to.equal(before)
    await page.click('#legend button:has-text("eu-central")')
  })

  it('reads nothing from elsewhere, and complains of nothing', async () => {
    await page.click('#whole')
    await rested()
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme })
      await page.screenshot({ path: join(tmpdir(), `cdnd-topology-${colorScheme}.png`) })
    }
    expect(complaints.filter(line => !line.includes('400'))).to.deep.equal([])
  })
})
