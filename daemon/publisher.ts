/**
 * What a node asks of whoever publishes titles on it. An origin brings one; other roles have none.
 */

import type { Logger } from '@libp2p/interface'
import type { CID } from 'multiformats/cid'
import { parseCid } from '../protocols/cid.ts'
import { isContentId } from '../protocols/content/index.ts'
import type { PublishProgress, PublishRequest, SongSummary } from '../protocols/control/index.ts'
import type { Holdings } from './retrieval/index.ts'

export interface Publisher {
  start (): Promise<void>
  stop (): Promise<void>
  /** Titles published here, oldest first. */
  list (): SongSummary[]
  /** Ends with `done`; throws what went wrong. */
  publish (
    request: PublishRequest, options?: { signal?: AbortSignal }
  ): AsyncIterable<PublishProgress>
  /** True when the title was published here, and no longer is. */
  unpublish (content: CID): Promise<boolean>
  /** Segments and blocks that lead to a title published here. */
  segmentsOf (content: CID): Promise<CID[]>
}

/** The pins of a published title, apart from the names of pins that people set. */
export const publishedPin = (content: CID): string => `published:${content}`

export interface AdoptingComponents {
  publisher: Publisher
  holdings: Pick<Holdings, 'adopt'>
  log: Logger
}

/**
 * The same publisher, whose titles the node also takes account of, so that neighbours and trackers
 * hear of them.
 */
export function adopting ({ publisher, holdings, log }: AdoptingComponents): Publisher {
  return {
    start: async () => {
      await publisher.start()
      for (const { id, title } of publisher.list()) {
        // One damaged title must not keep the others from listeners.
        await holdings.adopt(parseCid(id)).catch(err => {
          log.error('cannot serve "%s" (%s): publish it again - %e', title, id, err)
        })
      }
    },
    stop: () => publisher.stop(),
    list: () => publisher.list(),
    unpublish: content => publisher.unpublish(content),
    segmentsOf: async content => isContentId(content) ? await publisher.segmentsOf(content) : [],
    publish: async function * (request, options) {
      for await (const progress of publisher.publish(request, options)) {
        if (progress.stage === 'done') await holdings.adopt(parseCid(progress.id))
        yield progress
      }
    }
  }
}
