/**
 * Publishes the files named at the start, one after the other, while the node serves.
 * in: a node that publishes, paths. out: progress of each; one that cannot be published does not
 * keep the others from listeners.
 */

import type { Publisher } from '../daemon/publisher.ts'
import type { StartRoleOptions } from './role.ts'

export class FilePublishing {
  readonly #node: { publish?: Publisher['publish'] }
  readonly #options: Pick<StartRoleOptions, 'files' | 'onProgress'>
  readonly #ends = new AbortController()
  #working: Promise<void> = Promise.resolve()

  constructor (
    node: { publish?: Publisher['publish'] },
    options: Pick<StartRoleOptions, 'files' | 'onProgress'>
  ) {
    this.#node = node
    this.#options = options
  }

  start (): void {
    this.#working = this.#run(this.#ends.signal)
  }

  /** What is half published is not published. */
  async end (): Promise<void> {
    this.#ends.abort()
    await this.#working
  }

  /** Never rejects. */
  async #run (signal: AbortSignal): Promise<void> {
    const { files, onProgress } = this.#options
    const { publish } = this.#node
    if (publish == null) return
    for (const path of files) {
      try {
        for await (const progress of publish({ path }, { signal })) onProgress?.(path, progress)
      } catch (err) {
        if (signal.aborted) return
        const { name, message } = err as Error
        onProgress?.(path, { stage: 'failed', error: name, message })
      }
    }
  }
}
