/**
 * What a page uploads to others at most. in: the site's limit, what the browser says of the line.
 * out: limits that the exchange reads for each decision.
 */

import type { ServingLimits } from '../../protocols/exchange/types.ts'

export interface PageLimitsInit {
  /** 0: nothing is uploaded; absent: no limit. */
  uploadBytesPerSecond?: number
}

/** What the browser tells of the line; not all do. */
interface NetworkInformation extends EventTarget {
  saveData?: boolean
  type?: string
}

/** A phone's processor does not serve more at a time without its player noticing. */
const PARALLEL_TRANSFERS = 8

export class PageLimits implements ServingLimits {
  readonly events = new EventTarget()
  readonly uploadBytesPerSecond: number
  readonly parallelTransfers = PARALLEL_TRANSFERS
  readonly #isOff: boolean
  readonly #connection: NetworkInformation | undefined

  constructor ({ uploadBytesPerSecond }: PageLimitsInit = {}) {
    this.uploadBytesPerSecond = uploadBytesPerSecond ?? 0
    this.#isOff = uploadBytesPerSecond === 0
    this.#connection = (navigator as { connection?: NetworkInformation }).connection
  }

  /** Nothing is uploaded where it costs money, or the user asked for less traffic. */
  get isMetered (): boolean {
    return this.#isOff || this.#connection?.saveData === true ||
      this.#connection?.type === 'cellular'
  }

  start (): void {
    this.#connection?.addEventListener?.('change', this.#onChange)
  }

  stop (): void {
    this.#connection?.removeEventListener?.('change', this.#onChange)
  }

  readonly #onChange = (): void => {
    this.events.dispatchEvent(new Event('change'))
  }
}
