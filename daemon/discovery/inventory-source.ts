/**
 * Connected peers as a source of providers: who told us over exchange that it holds some.
 * Costs nothing, and still answers when DHT and tracker are gone.
 */

import type { CID } from 'multiformats/cid'
import type { Exchange } from '../../protocols/exchange/index.ts'
import type { Provider, ProviderSource } from './types.ts'

export class InventorySource implements ProviderSource {
  readonly name = 'inventory'
  readonly #exchange: Pick<Exchange, 'neighbours'>

  constructor (components: { exchange: Pick<Exchange, 'neighbours'> }) {
    this.#exchange = components.exchange
  }

  async * find (content: CID, { signal }: { signal: AbortSignal }): AsyncGenerator<Provider> {
    const holders = [...this.#exchange.neighbours()].filter(other => other.holdsAny(content))
    for (const { peer, hello, rttMs } of holders) {
      if (signal.aborted) {
        return
      }
      const { role, region } = hello
      // Connected already: there is nothing to dial.
      yield {
        peer, addresses: [], via: 'inventory', role, region, ...(rttMs == null ? {} : { rttMs })
      }
    }
  }
}
