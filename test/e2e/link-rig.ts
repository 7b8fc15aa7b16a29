/**
 * Whole nodes in this process, each of which can dial only those it is linked with.
 * in: roles, links. out: nodes over real sockets; nothing left behind once it is closed.
 */

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Transport } from '@libp2p/interface'
import { type TCPComponents, tcp } from '@libp2p/tcp'
import { bootstrapServices } from '../../bootstrap/bootstrap-services.ts'
import { loadConfig } from '../../daemon/config.ts'
import type { HttpFetch } from '../../daemon/discovery/index.ts'
import { createHttpFetch } from '../../daemon/http-fetch.ts'
import { componentLogger } from '../../daemon/log.ts'
import { createNode, type Node } from '../../daemon/node.ts'
import { type ControlClient, createControlClient } from '../../protocols/control/client.ts'
import { parseCid } from '../../protocols/cid.ts'
import type { Role } from '../../protocols/exchange/index.ts'
import type { SampleTitle } from '../protocols/content/titles.ts'

export class LinkRig {
  readonly #folder: string
  readonly #nodes = new Map<string, Node>()
  readonly #links = new Set<string>()

  private constructor (folder: string) {
    this.#folder = folder
  }

  /** With a bootstrap that everybody reaches. */
  static async open (): Promise<LinkRig> {
    const rig = new LinkRig(await mkdtemp(join(tmpdir(), 'cdnd-links-')))
    await rig.start('bootstrap', { role: 'bootstrap' })
    return rig
  }

  async close (): Promise<void> {
    await Promise.all([...this.#nodes.values()].map(node => node.stop()))
    await rm(this.#folder, { recursive: true, force: true })
  }

  async start (name: string, settings: Record<string, unknown> = {}): Promise<Node> {
    const [bootstrap] = this.#nodes.values()
    const { config } = loadConfig({
      env: {},
      flags: {
        data: join(this.#folder, name),
        network: 'links',
        listen: ['/ip4/127.0.0.1/tcp/0'],
        reach: 'direct',
        'gateway.host': '127.0.0.1',
        'gateway.port': 0,
        'control.port': 0,
        'dht.enabled': 'off',
        'store.keepFree': '0',
        'log.level': 'silent',
        bootstrap: bootstrap?.host.getMultiaddrs().map(String) ?? [],
        ...settings
      }
    })
    const logger = componentLogger(config.log)
    const node = await createNode({
      config,
      logger,
      onShutdown: () => {},
      tcp: this.#tcpOf(name),
      fetch: this.#fetchOf(name),
      ...(config.role as Role === 'bootstrap' && { services: bootstrapServices(config, logger) })
    })
    this.#nodes.set(name, node)
    await node.start()
    return node
  }

  /** Makes neighbours of each two that follow one another. */
  async link (...names: string[]): Promise<void> {
    for (const [i, to] of names.slice(1).entries()) {
      const from = names[i]!
      this.#links.add(`${from} ${to}`).add(`${to} ${from}`)
      const { host } = this.node(to)
      await this.node(from).parts.exchange.connect(host.peerId, host.getMultiaddrs())
    }
  }

  /** As `kill -9` would: it says goodbye to nobody. */
  async kill (name: string): Promise<void> {
    const node = this.node(name)
    for (const connection of node.host.getConnections()) connection.abort(new Error('killed'))
    await node.stop()
  }

  node (name: string): Node {
    return this.#nodes.get(name)!
  }

  id (name: string): string {
    return this.node(name).host.peerId.toString()
  }

  control (name: string): Promise<ControlClient> {
    return createControlClient({ data: join(this.#folder, name) })
  }

  /** Puts all of the title into a node's store. */
  async seed (name: string, { held, id }: SampleTitle): Promise<void> {
    const { store, holdings } = this.node(name).parts
    for (const [cid, bytes] of held) await store.put(parseCid(cid), bytes)
    await holdings.adopt(id)
  }

  #reaches (from: string, isIt: (node: Node) => boolean): boolean {
    return [...this.#nodes].some(([to, node]) =>
      (to === 'bootstrap' || this.#links.has(`${from} ${to}`)) && isIt(node))
  }

  #tcpOf (name: string) {
    return (components: TCPComponents): Transport => {
      const made = tcp()(components)
      const { dial } = made
      made.dial = async (address, options) => {
        const [at] = address.toString().split('/p2p/')
        const reaches = this.#reaches(name, ({ host }) =>
          host.getMultiaddrs().some(own => own.toString().startsWith(`${at}/`)))
        if (!reaches) throw new Error(`${name} cannot dial ${address}`)
        return await dial.call(made, address, options)
      }
      return made
    }
  }

  #fetchOf (name: string): HttpFetch {
    const fetch = createHttpFetch()
    return async (url, init) => {
      const reaches = this.#reaches(name, ({ gateway }) => url.startsWith(gateway.url()))
      if (!reaches) throw new TypeError(`${name} cannot reach ${url}`)
      return await fetch(url, init)
    }
  }
}
