/**
 * A page's answers to its service worker.
 * in: URLs of files over a port. out: the files from the page's node, or that there are none.
 */

import { isFileQuestion, type PageSays } from '../worker/talk.ts'
import type { GivenFile } from './title-files.ts'

export interface PageAnswersComponents {
  /** False while no node runs: the server is asked at once. */
  isOpen: () => boolean
  file (url: string, options: { signal: AbortSignal }): Promise<GivenFile | undefined>
  container: Pick<ServiceWorkerContainer, 'addEventListener' | 'removeEventListener'>
}

/** Files under way; more are left to the server. */
const MAX_AT_ONCE = 32

export class PageAnswers {
  readonly #components: PageAnswersComponents
  readonly #open = new Set<AbortController>()
  #isStarted = false

  constructor (components: PageAnswersComponents) {
    this.#components = components
  }

  start (): void {
    if (this.#isStarted) return
    this.#isStarted = true
    this.#components.container.addEventListener('message', this.#hear)
  }

  stop (): void {
    this.#isStarted = false
    this.#components.container.removeEventListener('message', this.#hear)
    for (const controller of this.#open) controller.abort()
  }

  readonly #hear = ({ data, ports: [port] }: MessageEvent): void => {
    if (port != null && isFileQuestion(data)) void this.#answer(data.url, port)
  }

  /** Never rejects. */
  async #answer (url: string, port: MessagePort): Promise<void> {
    const say = (what: PageSays, transfer: Transferable[] = []): void => {
      port.postMessage(what, transfer)
    }
    if (!this.#components.isOpen() || this.#open.size >= MAX_AT_ONCE) {
      say({ says: 'failed' })
      return
    }
    say({ says: 'accepted' })
    const controller = new AbortController()
    this.#open.add(controller)
    // Whatever the worker says now is that it does not want the file any more.
    port.onmessage = () => { controller.abort() }
    try {
      const file = await this.#components.file(url, { signal: controller.signal })
      if (file == null) say({ says: 'failed' })
      else say({ says: 'file', bytes: file.bytes.buffer, type: file.type }, [file.bytes.buffer])
    } catch {
      say({ says: 'failed' }) // The server may have it, and says what is wrong otherwise.
    } finally {
      this.#open.delete(controller)
      port.onmessage = null
    }
  }
}
