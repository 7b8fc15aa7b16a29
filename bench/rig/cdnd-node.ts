/**
 * A node of ours with everything blocks pass on their way, wired as the daemon wires it and at its
 * defaults, but for HTTP and for finding others: whom it meets is told by the benchmark.
 * in: a folder. out: its parts, running.
 */

import { generateKeyPair } from '@libp2p/crypto/keys'
import { loadConfig } from '../../daemon/config.ts'
import { type Delivery, deliveryParts } from '../../daemon/delivery.ts'
import { componentLogger } from '../../daemon/log.ts'
import { meetingParts } from '../../daemon/meeting.ts'
import { Metrics } from '../../daemon/metrics.ts'
import { Holdings } from '../../daemon/retrieval/index.ts'
import type { Store } from '../../daemon/store/index.ts'
import { Traffic } from '../../daemon/traffic.ts'
import { createHost, type Host } from '../../protocols/host.ts'
import { sha256 } from '../../protocols/sha256.ts'
import type { Load } from './contender.ts'
import { openSink } from './sink.ts'

export interface CdndNode extends Delivery {
  host: Host
  store: Store
  holdings: Holdings
}

const SETTINGS = {
  network: 'bench',
  listen: ['/ip4/127.0.0.1/tcp/0'],
  'dht.enabled': 'off',
  'tracker.enabled': 'off',
  'log.level': 'error'
}

export async function cdndNode (load: Load): Promise<CdndNode> {
  const { config } = loadConfig({ env: {}, flags: { ...SETTINGS, data: load.folder } })
  const logger = componentLogger(config.log)
  const log = (name: string) => logger.forComponent(`cdnd:${name}`)
  const { network, listen } = config
  const privateKey = await generateKeyPair('Ed25519')
  const host = await createHost({
    privateKey, network, listen, logger, dht: 'off', isPrivate: true
  })
  const store = await openSink(load)
  const titles = { list: async () => [], add: async () => {}, remove: async () => {} }
  const holdings = new Holdings({ store, titles, sha256, log: log('holdings') })
  const traffic = new Traffic(new Metrics(config.role))
  const base = { config, logger, log, privateKey, store, host, holdings, traffic }
  const parts = { ...base, onShutdown: () => {} }
  const delivery = deliveryParts(parts, meetingParts(parts, () => 'http://127.0.0.1:0'))
  holdings.start()
  await delivery.exchange.start()
  delivery.peers.start()
  return { ...delivery, host, store, holdings }
}
