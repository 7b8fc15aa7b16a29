/**
 * A node of ours at its defaults, with all that a daemon has; whom it meets is told by the
 * benchmark. in: a folder. out: the node, running.
 */

import { loadConfig } from '../../daemon/config.ts'
import { componentLogger } from '../../daemon/log.ts'
import { createNode, type Node } from '../../daemon/node.ts'
import type { Load } from './contender.ts'

const SETTINGS = {
  network: 'bench',
  listen: ['/ip4/127.0.0.1/tcp/0'],
  'gateway.port': 0,
  'control.port': 0,
  'dht.enabled': 'off',
  'tracker.enabled': 'off',
  // Larger than any load, so that nothing is evicted.
  'store.quota': '8GB',
  'log.level': 'error'
}

export async function cdndNode ({ folder, sink }: Load): Promise<Node> {
  const backend = sink === 'memory' ? { 'store.backend': 'memory' } : {}
  const { config } = loadConfig({ env: {}, flags: { ...SETTINGS, ...backend, data: folder } })
  const logger = componentLogger(config.log)
  const node = await createNode({ config, logger, onShutdown: () => process.exit() })
  await node.start()
  return node
}
