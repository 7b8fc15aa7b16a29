/**
 * A title to play, published. in: an origin's control API, what to publish. out: its content ID.
 */

import type { ControlClient } from '../../protocols/control/client.ts'
import type { PublishedTitle, PublishRequest } from '../../protocols/control/index.ts'

/** Rejects with what the origin says of a file it cannot publish. */
export async function publish (
  control: ControlClient, request: PublishRequest
): Promise<PublishedTitle> {
  for await (const progress of control.publish(request)) {
    if (progress.stage === 'done') return progress
  }
  throw new Error(`the origin said no end of publishing ${request.path}`)
}
