/**
 * What a node may upload to others, as it is now.
 * in: the settings, and changes to them while the node runs. out: limits that exchange reads for
 * each decision. Changes end with the process: the settings are as they were at the next start.
 */

import type { LimitsChange, LimitsReport } from '../protocols/control/limits.ts'
import { InvalidArgumentError } from '../protocols/errors.ts'
import type { ServingLimits } from '../protocols/exchange/index.ts'
import { UPLOAD_KEYS, UPLOAD_SETTINGS, type UploadSettings } from './upload-settings.ts'

export class UploadLimits implements ServingLimits {
  readonly events = new EventTarget()
  #settings: UploadSettings

  constructor (settings: UploadSettings) {
    this.#settings = settings
  }

  get uploadBytesPerSecond (): number { return this.#settings.rate }
  get peersBytesPerSecond (): number { return this.#settings.peers }
  get edgesBytesPerSecond (): number { return this.#settings.edges }
  get perPeerBytesPerSecond (): number { return this.#settings.perPeer }
  get parallelTransfers (): number { return this.#settings.parallel }
  get isLanExempt (): boolean { return this.#settings.lan === 'exempt' }
  get isMetered (): boolean { return this.#settings.metered }

  report (): LimitsReport {
    const { rate, peers, edges, perPeer, parallel, lan, metered } = this.#settings
    return {
      uploadBytesPerSecond: rate,
      peersBytesPerSecond: peers,
      edgesBytesPerSecond: edges,
      perPeerBytesPerSecond: perPeer,
      parallel,
      lan,
      metered
    }
  }

  /**
   * All of the change, or nothing. Values are read as those of the settings are.
   *
   * @throws InvalidArgumentError that lists everything wrong, a line each
   */
  change (change: LimitsChange): LimitsReport {
    const problems = Object.keys(change).filter(key => !(key in UPLOAD_SETTINGS))
      .map(key => `there is no limit "${key}": there are ${UPLOAD_KEYS.join(', ')}`)
    const changed: Record<string, unknown> = { ...this.#settings }
    for (const key of UPLOAD_KEYS.filter(each => change[each] !== undefined)) {
      try {
        changed[key] = UPLOAD_SETTINGS[key](change[key])
      } catch (err) {
        problems.push(`${key}: ${(err as Error).message}`)
      }
    }
    if (problems.length > 0) throw new InvalidArgumentError(problems.join('\n'))
    this.#settings = changed as unknown as UploadSettings
    this.events.dispatchEvent(new Event('change'))
    return this.report()
  }
}
