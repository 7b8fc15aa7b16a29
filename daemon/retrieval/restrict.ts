/**
 * A broker that offers only sources of one kind: how an edge asks origins and nobody else.
 */

import type { BlockBroker, BlockSource } from './types.ts'

export function restrictTo (kind: BlockSource['kind'], broker: BlockBroker): BlockBroker {
  return {
    name: broker.name,
    sources: want => broker.sources(want).filter(source => source.kind === kind),
    ban: (sourceId, untilMs) => { broker.ban(sourceId, untilMs) },
    seek: content => { broker.seek(content) },
    isSeeking: content => broker.isSeeking(content),
    changed: (want, options) => broker.changed(want, options)
  }
}
