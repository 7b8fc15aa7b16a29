/**
 * A real bootstrap in this process, and nodes that register with it over HTTP.
 */

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import PQueue from 'p-queue'
import type { DashboardInit } from '../../../bootstrap/dashboard/index.ts'
import { bootstrapServices } from '../../../bootstrap/bootstrap-services.ts'
import { loadConfig } from '../../../daemon/config.ts'
import { componentLogger } from '../../../daemon/log.ts'
import { createNode } from '../../../daemon/node.ts'
import { contentNamed } from '../../protocols/tracker/nodes.ts'
import { type SyntheticNode, syntheticNetwork } from './synthetic-network.ts'

/** A title that one node in nine holds. */
export const HELD = contentNamed('held')

export interface BootstrapRig {
  url: string
  data: string
  nodes: SyntheticNode[]
  stop (): Promise<void>
}

/** `init`: the pace of its dashboard. */
export async function bootstrapWith (
  size: number, init: DashboardInit = {}
): Promise<BootstrapRig> {
  const folder = await mkdtemp(join(tmpdir(), 'cdnd-topology-'))
  const { config } = loadConfig({
    env: {},
    flags: {
      role: 'bootstrap', data: folder, listen: ['/ip4/127.0.0.1/tcp/0'],
      'gateway.host': '127.0.0.1', 'gateway.port': 0, 'control.port': 0, 'log.level': 'silent',
      'store.keepFree': '0'
    }
  })
  const logger = componentLogger(config.log)
  const services = bootstrapServices(config, logger, init)
  const node = await createNode({ config, logger, onShutdown: () => {}, services })
  await node.start()
  const url = node.gateway.url()
  const nodes = await syntheticNetwork(size, config.network)
  const queue = new PQueue({ concurrency: 8 })
  await queue.addAll(nodes.map((one, i) => async () => { await register(url, one, i % 9 === 1) }))
  return {
    url,
    data: folder,
    nodes,
    stop: async () => {
      await node.stop()
      await rm(folder, { recursive: true, force: true })
    }
  }
}

async function register (
  url: string, { signer }: SyntheticNode, isHolder: boolean
): Promise<void> {
  const renditions = [{ rendition: '128k', held: 3, blocks: 10 }]
  const envelope = isHolder
    ? await signer.announce([{ content: HELD, renditions }])
    : await signer.heartbeat()
  await post(`${url}/${isHolder ? 'announce' : 'heartbeat'}`, 'POST', envelope)
}

export async function post (
  url: string, method: 'POST' | 'DELETE', envelope: Uint8Array
): Promise<void> {
  const body = new Uint8Array(envelope)
  const headers = { 'content-type': 'application/vnd.ipld.dag-cbor' }
  const answer = await fetch(url, { method, headers, body })
  if (!answer.ok) throw new Error(`${url} answered ${answer.status}: ${await answer.text()}`)
}
