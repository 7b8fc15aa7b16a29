/**
 * Debian's Chromium, and a site on this machine for it. in: a server, not listening. out: its URL,
 * the browser, and an end to both.
 */

import type { Server } from 'node:http'
import { type Browser, chromium, type LaunchOptions } from 'playwright-core'

/** It is root's own browser here, which has no sandbox. */
export const LAUNCH: LaunchOptions = {
  executablePath: '/usr/bin/chromium',
  args: [
    '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-dev-shm-usage',
    '--disable-background-networking', '--disable-component-update', '--disable-sync',
    '--disable-features=WebRtcHideLocalIpsWithMdns', '--autoplay-policy=no-user-gesture-required'
  ]
}

export interface ServedToBrowser {
  url: string
  browser: Browser
  close (): Promise<void>
}

export async function servedToBrowser (server: Server): Promise<ServedToBrowser> {
  await new Promise<void>(resolve => { server.listen(0, '127.0.0.1', resolve) })
  const { port } = server.address() as { port: number }
  const close = async (): Promise<void> => {
    server.closeAllConnections()
    await new Promise(resolve => { server.close(resolve) })
  }
  try {
    const browser = await chromium.launch(LAUNCH)
    return {
      url: `http://127.0.0.1:${port}`,
      browser,
      close: async () => {
        await browser.close()
        await close()
      }
    }
  } catch (err) {
    await close()
    throw err
  }
}
