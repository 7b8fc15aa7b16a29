/**
 * Starts a node of any role. in: its settings. out: the running node, with what its ready line says.
 */

import type { ComponentLogger } from '@libp2p/interface'
import type { Config } from '../daemon/config.ts'
import { componentLogger } from '../daemon/log.ts'
import { createNode, type Node, type NodeComponents } from '../daemon/node.ts'
import type { StartRole, StartRoleOptions } from './role.ts'

export const startRole: StartRole = async (config, options) => {
  const logger = componentLogger(config.log)
  const stopped = Promise.withResolvers<void>()
  const node = await createNode({ config, logger, onShutdown: () => { void stop() }, ...await partsOf(config, logger) })
  let stopping: Promise<void> | undefined
  const stop = (): Promise<void> => {
    stopping ??= publishing.end().then(() => node.stop()).then(stopped.resolve, stopped.reject)
    return stopping
  }
  const publishing = new FilePublishing(node, options)
  await node.start({ signal: options.signal })
  publishing.start()
  return { ready: readyOf(node), stopped: stopped.promise, stop }
}

/** What a role adds to a node, loaded only for it. */
async function partsOf (config: Config, logger: ComponentLogger): Promise<Pick<NodeComponents, 'publisher' | 'services'>> {
  if (config.role === 'origin') {
    const { openPublishing } = await import('../origin/publishing.ts')
    return {
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

/** Which ffmpeg publishes; without one an origin still serves what it has. */
async function reportFfmpeg (
  publishing: { ffmpeg: () => Promise<{ path: string, origin: string, version: string }> }, logger: ComponentLogger
): Promise<void> {
  const log = logger.forComponent('cdnd:origin')
  try {
    const { path, origin, version } = await publishing.ffmpeg()
    log('publishing with the %s ffmpeg %s (%s)', origin, version, path)
  } catch (err) {
    log.error('nothing can be published: %s', (err as Error).message)
  }
}

/** Publishes the files named at the start, one after the other, while the node serves. */
class FilePublishing {
  readonly #node: Node
  readonly #options: StartRoleOptions
  readonly #ends = new AbortController()
  #working: Promise<void> = Promise.resolve()

  constructor (node: Node, options: StartRoleOptions) {
    this.#node = node
    this.#options = options
  }

  start (): void {
    this.#working = this.#run()
  }

  async end (): Promise<void> {
    this.#ends.abort()
    await this.#working
  }

  /** Never rejects: a file that cannot be published does not keep the others from listeners. */
  async #run (): Promise<void> {
    const { files, onProgress } = this.#options
    for (const path of files) {
      try {
        for await (const progress of this.#node.publish!({ path }, { signal: this.#ends.signal })) onProgress?.(path, progress)
      } catch (err) {
        if (this.#ends.signal.aborted) return
        const { name, message } = err as Error
        onProgress?.(path, { stage: 'failed', error: name, message })
      }
    }
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
