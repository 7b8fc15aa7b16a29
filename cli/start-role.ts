/**
 * Starts a node of any role. in: its settings. out: the running node, with what its ready line
 * says.
 */

import type { ComponentLogger } from '@libp2p/interface'
import type { Config } from '../daemon/config.ts'
import { idleCollector } from '../daemon/idle-collector.ts'
import { endOnUnhandled } from '../daemon/lifetime.ts'
import { componentLogger } from '../daemon/log.ts'
import { createNode, type Node, type NodeComponents } from '../daemon/node.ts'
import type { Publishing } from '../origin/publishing.ts'
import { FilePublishing } from './file-publishing.ts'
import type { StartRole } from './role.ts'

export const startRole: StartRole = async (config, options) => {
  const logger = componentLogger(config.log)
  const stopped = Promise.withResolvers<void>()
  let stopping: Promise<void> | undefined
  const stop = (): Promise<void> => {
    stopping ??= publishing.end().then(() => node.stop()).then(stopped.resolve, stopped.reject)
    return stopping
  }
  const parts = await partsOf(config, logger)
  const { ownsProcess = false } = options
  const onShutdown = (): void => { void stop() }
  const node = await createNode({ config, logger, onShutdown, ...parts })
  const publishing = new FilePublishing(node, options)
  if (ownsProcess) endOnUnhandled(logger, stop)
  await node.start({ signal: options.signal })
  if (ownsProcess) collectUntil(stopped.promise)
  publishing.start()
  return { ready: readyOf(node), stopped: stopped.promise, stop }
}

function collectUntil (stopped: Promise<void>): void {
  const collector = idleCollector()
  collector.start()
  const stop = (): void => { collector.stop() }
  stopped.then(stop, stop)
}

type Parts = Pick<NodeComponents, 'publisher' | 'services' | 'admission'>

/** What a role adds to a node, loaded only for it. */
async function partsOf (config: Config, logger: ComponentLogger): Promise<Parts> {
  if (config.role === 'edge') return await switchOf(config)
  if (config.role === 'origin') {
    const { openPublishing } = await import('../origin/publishing.ts')
    return {
      ...await switchOf(config),
      publisher: async parts => {
        const publishing = await openPublishing(config, parts)
        await reportFfmpeg(publishing, logger)
        return publishing
      }
    }
  }
  if (config.role === 'bootstrap') {
    const { bootstrapServices } = await import('../bootstrap/bootstrap-services.ts')
    return { services: bootstrapServices(config, logger) }
  }
  return {}
}

async function switchOf (config: Config): Promise<Parts> {
  if (!config.switch.enabled) return {}
  const { softwareSwitch } = await import('../origin/switch/index.ts')
  return { admission: softwareSwitch(config) }
}

/** Which ffmpeg publishes; without one an origin still serves what it has. */
async function reportFfmpeg (
  publishing: Pick<Publishing, 'ffmpeg'>, logger: ComponentLogger
): Promise<void> {
  const log = logger.forComponent('cdnd:origin')
  try {
    const { path, origin, version } = await publishing.ffmpeg()
    log('publishing with the %s ffmpeg %s (%s)', origin, version, path)
  } catch (err) {
    log.error('nothing can be published: %s', (err as Error).message)
  }
}

function readyOf ({ host, gateway, control }: Node): Record<string, string> {
  return {
    peer: host.peerId.toString(),
    gateway: gateway.url(),
    control: control.url(),
    p2p: host.getMultiaddrs().map(String).join(',')
  }
}
