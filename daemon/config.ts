/**
 * The node's settings. in: a YAML file, the environment, flags. out: one checked {@link Config},
 * with the place every value came from. Flags win over the environment, it over the file, it over
 * the role's defaults.
 */

import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { InvalidConfigError } from '../protocols/errors.ts'
import { fromDefaults, fromEnvironment, fromFlags, fromYaml } from './config-layers.ts'
import { defaultsOf, type Preset, PRESETS } from './config-presets.ts'
import { configSchema, SETTINGS } from './config-schema.ts'
import { path as absolutePath } from './config-values.ts'
import type { Role } from '../protocols/exchange/index.ts'
import type { Entry, Layer } from './config-layers.ts'
import type { Config } from './config-schema.ts'

export { SETTINGS } from './config-schema.ts'
export type { Config, Setting } from './config-schema.ts'

/** The file looked for in the data folder when none is named. */
export const CONFIG_FILE = 'cdnd.yaml'
const MAX_FILE_BYTES = 1024 * 1024
const ROLES: readonly unknown[] = ['peer', 'edge', 'origin', 'bootstrap'] satisfies Role[]

export interface ConfigSources {
  /** Must exist. Without it `CDND_CONFIG`, then `<data>/cdnd.yaml` if there is one. */
  file?: string
  /** By key: `{ 'store.quota': '10GB', bootstrap: ['/ip4/…'] }`; undefined where not given. */
  flags?: Record<string, unknown>
  /** `process.env` where not given. */
  env?: Record<string, string | undefined>
}

/** A value as written and where. */
export interface EffectiveSetting extends Entry { key: string }

export interface LoadedConfig {
  config: Config
  /** The file that was read. */
  file?: string
  /** Every setting that has a value, in the order of the schema; what `config check` prints. */
  settings: EffectiveSetting[]
}

/**
 * Reads, merges and checks the settings.
 *
 * @throws InvalidConfigError that lists everything wrong, a line each
 * @example
 * const { config } = loadConfig({ flags: { role: 'edge', 'gateway.port': 0 } })
 */
export function loadConfig (sources: ConfigSources = {}): LoadedConfig {
  const { flags = {}, env = process.env } = sources
  const flagLayer = fromFlags(flags)
  const envLayer = fromEnvironment(env)
  const written = (key: string): unknown =>
    (flagLayer.entries.get(key) ?? envLayer.entries.get(key))?.value
  const data = written('data') ?? defaultsOf(roleOf(written('role'))).data
  const file = sources.file ?? env.CDND_CONFIG ?? fileIn(data)
  const fileLayer = file === undefined ? fromFlags({}) : fromYaml(read(file), file)
  const anywhere = (key: string): unknown => written(key) ?? fileLayer.entries.get(key)?.value
  const role = roleOf(anywhere('role'))
  const preset = presetOf(anywhere('preset'))
  const kind = preset === 'none' ? role : `${role}, ${preset}`
  const layers = [fromDefaults(defaultsOf(role, preset), kind), fileLayer, envLayer, flagLayer]
  const settings = merge(layers)
  const { data: config, error } = configSchema.safeParse(nested(settings))
  const problems = [
    ...layers.flatMap(layer => layer.problems),
    ...(error?.issues ?? []).map(issue => complaint(issue.path.join('.'), issue.message, settings))
  ]
  if (config !== undefined) problems.push(...contradictions(config))
  if (problems.length > 0 || config === undefined) throw new InvalidConfigError(problems.join('\n'))
  return { config, settings, ...(file === undefined ? {} : { file }) }
}

function merge (layers: Layer[]): EffectiveSetting[] {
  const entries = new Map(layers.flatMap(layer => [...layer.entries]))
  return SETTINGS.flatMap(({ key }) => {
    const entry = entries.get(key)
    return entry === undefined ? [] : [{ key, ...entry }]
  })
}

/** The shape the schema checks; settings nobody gave are undefined. */
function nested (settings: EffectiveSetting[]): Record<string, unknown> {
  const root: Record<string, unknown> = {}
  for (const { key } of SETTINGS) {
    const value = settings.find(setting => setting.key === key)?.value
    const sections = key.split('.')
    const name = sections.pop()!
    let place = root
    for (const section of sections) {
      place[section] ??= {}
      place = place[section] as Record<string, unknown>
    }
    place[name] = value
  }
  return root
}

function complaint (key: string, message: string, settings: EffectiveSetting[]): string {
  const where = settings.find(setting => setting.key === key)?.where
  return `${key}${where === undefined ? '' : ` (${where})`}: ${message}`
}

/** Settings that are each right and do not go together. */
function contradictions (
  { role, preset, reach, gateway, control, browsers, switch: { floor, ceiling } }: Config
): string[] {
  const isShared = gateway.port !== 0 && gateway.port === control.port
  return [
    ...preset !== 'none' && role !== 'peer' ? [`preset: ${preset} is for a peer, not ${role}`] : [],
    ...reach === 'nat' && role !== 'peer' ? [`reach: nat is for a peer, not ${role}`] : [],
    ...isShared ? [`control.port: ${control.port} is gateway.port too: give each its own`] : [],
    ...browsers.turn.length > 0 && browsers.turnSecret == null
      ? ['browsers.turnSecret: browsers.turn needs the secret it shares with the TURN server']
      : [],
    ...ceiling < floor ? [`switch.ceiling: ${ceiling} is below switch.floor, ${floor}`] : []
  ]
}

function presetOf (value: unknown): Preset {
  return PRESETS.find(preset => preset === value) ?? 'none'
}

function roleOf (value: unknown): Role {
  return ROLES.includes(value) ? value as Role : 'peer'
}

/** The data folder's own file. A folder that cannot be is the schema's to complain of. */
function fileIn (data: unknown): string | undefined {
  if (typeof data !== 'string' || data === '' || data.includes('\0')) return undefined
  const file = join(absolutePath(data), CONFIG_FILE)
  return statSync(file, { throwIfNoEntry: false })?.isFile() === true ? file : undefined
}

function read (file: string): string {
  try {
    if (statSync(file).size > MAX_FILE_BYTES) throw new Error(`larger than ${MAX_FILE_BYTES} bytes`)
    return readFileSync(file, 'utf8')
  } catch (cause) {
    const { message } = cause as Error
    throw new InvalidConfigError(`cannot read configuration file ${file}: ${message}`, { cause })
  }
}
