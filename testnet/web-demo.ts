/**
 * `npm run demo -- --web [FILE]`: a small network to listen to in a browser.
 * in: a file to publish. out: the address of a page that plays it, and of pictures of the network,
 * until the run is ended.
 */

import { spawn } from 'node:child_process'
import { basename } from 'node:path'
import { InterruptedError } from './interrupted-error.ts'
import type { Network } from './network.ts'
import { withOwnNetwork } from './own-network.ts'
import { publishTitle } from './published-title.ts'

/** They have the title, and give it to pages. */
const LISTENERS = 3
const LISTEN = ['/ip4/127.0.0.1/tcp/0', '/ip4/127.0.0.1/udp/0/webrtc-direct']
const SEGMENT = '4s'
/** Exit code of who is interrupted. */
const CTRL_C = 130
const BITRATES = ['64k', '128k']

type Say = (line: string) => void

export interface WebDemoOptions {
  /** Told the addresses once all of it runs. */
  onReady?: (pages: DemoPages) => void
  /** Ends it, as Ctrl-C does. */
  signal?: AbortSignal
}

export interface DemoPages { listen: string, dashboard: string, graph: string }

/** Runs until it is ended. @throws what starting and publishing throw */
export async function webDemo (
  file: string, say: Say, { onReady, signal }: WebDemoOptions = {}
): Promise<void> {
  say(`A small network for a browser, ${LISTENERS + 3} processes, publishes ${basename(file)} …`)
  try {
    await withOwnNetwork({
      nodes: LISTENERS,
      edges: 1,
      dht: false,
      tracker: true,
      config: { listen: LISTEN, origin: { segment: SEGMENT, bitrates: BITRATES } }
    }, async (network, ended) => {
      const stop = signal == null ? ended : AbortSignal.any([signal, ended])
      const pages = await open(network, file, stop)
      say(tale(pages))
      onReady?.(pages)
      show(pages.listen)
      await endOf(stop)
    })
  } catch (err) {
    // Ctrl-C is how it is meant to end.
    if (!(err instanceof InterruptedError) || err.exitCode !== CTRL_C) throw err
    say('demo ended')
  }
}

async function open (network: Network, file: string, signal: AbortSignal): Promise<DemoPages> {
  await network.start()
  const { origin, bootstrap, peers } = network
  const [edge] = network.edges
  const { id } = await publishTitle(await network.control(origin), gatewayOf(origin), file, {
    onProgress: () => {}, signal
  })
  await Promise.all(peers.map(async peer => {
    const control = await network.control(peer)
    await control.pin(id, { signal })
  }))
  const meeting = gatewayOf(bootstrap)
  const query = new URLSearchParams({ tracker: meeting })
  return {
    listen: `${gatewayOf(edge!)}/listen/?${query}#${id}`,
    dashboard: `${meeting}/dashboard`,
    graph: `${meeting}/graph/ui`
  }
}

const tale = ({ listen, dashboard, graph }: DemoPages): string => `
Open this page, and press play:

  ${listen}

Its first segment comes from the edge, what follows from ${LISTENERS} listeners and from every other
page that plays it: open it twice. Who serves whom is drawn at

  ${graph}
  ${dashboard}

Ctrl-C ends it.
`

const gatewayOf = ({ ready }: { ready: { gateway?: string } }): string => ready.gateway ?? ''

/** Where there is a screen. */
function show (url: string): void {
  if (process.env.DISPLAY == null && process.env.WAYLAND_DISPLAY == null) return
  // Who has no such program opens the page by hand.
  spawn('xdg-open', [url], { stdio: 'ignore', detached: true }).on('error', () => {}).unref()
}

async function endOf (signal: AbortSignal): Promise<void> {
  if (signal.aborted) return
  await new Promise<void>(resolve => {
    signal.addEventListener('abort', () => { resolve() }, { once: true })
  })
}
