/**
 * The software switch as a node holds it: `origin/switch` makes one for edges and origins.
 */

import type { SwitchStatus } from '../protocols/control/switch-status.ts'
import type { Admission, Exchange, Neighbour } from '../protocols/exchange/index.ts'
import type { BlockBroker, Holdings } from './retrieval/index.ts'
import type { Store } from './store/index.ts'

/** What tells a switch who else holds a block. */
export interface SwitchParts {
  exchange: Pick<Exchange, 'neighbours'>
  /** Where a neighbour can be dialled, by its own signed word; empty when it gave none. */
  addressesOf: (neighbour: Neighbour) => readonly string[]
  /** Looks for holders of a title, and asks them what they hold. */
  peers: Pick<BlockBroker, 'seek'>
  holdings: Pick<Holdings, 'places' | 'adopt' | 'completeness'>
  store: Pick<Store, 'has'>
}

export interface NodeSwitch extends Admission {
  /** Once, before anything is served. */
  follow (parts: SwitchParts): void
  status (): SwitchStatus
}
