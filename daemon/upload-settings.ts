/**
 * The settings of what a node uploads to others: each may be set at the start and changed while it
 * runs. in: values as people write them. out: values as the program uses them.
 */

import { parseRate } from '../protocols/units.ts'
import { integer, isOn, oneOf, type Read, unit } from './config-values.ts'

const rate = unit(parseRate)
const MAX_PARALLEL = 1024
const lan: Read<'counted' | 'exempt'> = oneOf('counted', 'exempt')

/** How each is read, by its key in the section `upload`. */
export const UPLOAD_SETTINGS = {
  rate,
  peers: rate,
  edges: rate,
  perPeer: rate,
  parallel: integer(1, MAX_PARALLEL),
  lan,
  metered: isOn
}

type Readers = typeof UPLOAD_SETTINGS
/** Rates in bytes per second, 0 for no limit. */
export type UploadSettings = { [K in keyof Readers]: ReturnType<Readers[K]> }
export type UploadSetting = keyof UploadSettings

export const UPLOAD_KEYS = Object.keys(UPLOAD_SETTINGS) as UploadSetting[]
