/**
 * What a node does for neighbours that it, or they, cannot dial.
 * in: the node's base and parts. out: a part to start after the exchange.
 */

import { AddressNews, type AddressNewsComponents } from './address-news.ts'
import { DirectConnections } from './direct-connections.ts'
import type { Delivery } from './delivery.ts'
import type { Part } from './lifetime.ts'
import type { NodeBase } from './node.ts'

export function reachParts (
  { config, host, log }: Pick<NodeBase, 'config' | 'host' | 'log'>,
  { exchange, ...told }: Pick<Delivery, 'exchange'> & Omit<AddressNewsComponents, 'host'>
): Part {
  const { reachability, dht } = host.services
  const news = new AddressNews({ host, ...told })
  const direct = new DirectConnections({ host, exchange, log: log('reach') })
  const onNat = (): void => {
    // Others would ask it in vain.
    if (config.dht.mode === 'auto') void dht?.setMode('client')
  }
  return {
    start: () => {
      news.start()
      direct.start()
      reachability?.events.addEventListener('nat', onNat)
      if (reachability?.reach.state === 'nat') onNat()
    },
    stop: () => {
      reachability?.events.removeEventListener('nat', onNat)
      direct.stop()
      news.stop()
    }
  }
}
