/**
 * Peers that share this process, as the testnet packs them, far from each other in user space.
 * in: how many, a folder. out: nodes that run; each has met nobody.
 */

import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { loadConfig } from '../../daemon/config.ts'
import { componentLogger } from '../../daemon/log.ts'
import { createNode, type Node } from '../../daemon/node.ts'
import { writeSettings } from '../../testnet/daemon.ts'
import { ShapedTcp } from '../../testnet/shaped-tcp.ts'

export const NETWORK = 'costs'
const ADDRESS = '127.0.0.1'
const SHAPE = { delayMs: 10, jitterMs: 1 }

export async function packedPeers (count: number, folder: string): Promise<Node[]> {
  const nodes: Node[] = []
  for (let i = 0; i < count; i++) nodes.push(await startOne(`peer-${i}`, folderOf(folder, i)))
  return nodes
}

/** Of one of them. */
export const folderOf = (folder: string, i: number): string => join(folder, `peer-${i}`)

async function startOne (name: string, folder: string): Promise<Node> {
  await mkdir(folder, { recursive: true })
  const file = await writeSettings({
    name,
    role: 'peer',
    region: 'eu',
    folder,
    config: {
      network: NETWORK,
      listen: [`/ip4/${ADDRESS}/tcp/0`],
      gateway: { host: ADDRESS, port: 0 },
      control: { host: ADDRESS, port: 0 },
      dht: { enabled: 'off' },
      tracker: { enabled: 'off' },
      store: { keepFree: '0', memory: '8MiB' }
    }
  })
  const { config } = loadConfig({ flags: { role: 'peer' }, file })
  const shaped = new ShapedTcp({ localAddress: ADDRESS, shape: SHAPE })
  const node = await createNode({
    config,
    logger: componentLogger({ ...config.log, write: () => {} }),
    onShutdown: () => {},
    tcp: shaped.transport
  })
  await node.start()
  return node
}
