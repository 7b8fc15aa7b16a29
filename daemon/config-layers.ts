/**
 * Where settings are written: a YAML file, the environment, flags. in: each as found. out: flat
 * `key → {value, where}`, so that a complaint can point at the place. Unknown keys are complaints.
 */

import { isAlias, isMap, isScalar, LineCounter, parseDocument } from 'yaml'
import type { Document, Node } from 'yaml'
import { SETTINGS } from './config-schema.ts'
import { shown } from './config-values.ts'

/** One written value and the place it stands: `cdnd.yaml:4`, `CDND_DATA`, `--data`. */
export interface Entry {
  value: unknown
  from: 'default' | 'file' | 'environment' | 'flag'
  where: string
}
export interface Layer { entries: Map<string, Entry>, problems: string[] }

/** Variables of ours that are not settings. */
const OTHER_VARIABLES = ['CDND_CONFIG', 'CDND_FFMPEG', 'CDND_NODE', 'CDND_TOKEN']
const PREFIX = 'CDND_'
const VARIABLES = SETTINGS.map(({ env }) => env)
const KEYS = SETTINGS.map(({ key }) => key)
const SECTIONS = new Set(KEYS.flatMap(sectionsOf))

export function fromDefaults (values: Record<string, unknown>, role: string): Layer {
  const from = 'default'
  const where = `default of ${role}`
  return layerOf(Object.entries(values).map(([key, value]) => [key, { value, from, where }]))
}

/** Flags by key (`store.quota`); those not given are undefined. */
export function fromFlags (flags: Record<string, unknown>): Layer {
  const problems: string[] = []
  const entries: Array<[string, Entry]> = []
  for (const [key, value] of Object.entries(flags)) {
    if (value === undefined) continue
    const setting = SETTINGS.find(candidate => candidate.key === key)
    if (setting === undefined) problems.push(unknown('flag', key, KEYS))
    else entries.push([key, { value, from: 'flag', where: setting.flag }])
  }
  return { ...layerOf(entries), problems }
}

export function fromEnvironment (env: Record<string, string | undefined>): Layer {
  const problems: string[] = []
  const entries: Array<[string, Entry]> = []
  for (const [variable, value] of Object.entries(env)) {
    if (!variable.startsWith(PREFIX) || OTHER_VARIABLES.includes(variable)) continue
    const setting = SETTINGS.find(candidate => candidate.env === variable)
    if (setting === undefined) problems.push(unknown('environment variable', variable, VARIABLES))
    else entries.push([setting.key, { value, from: 'environment', where: variable }])
  }
  return { ...layerOf(entries), problems }
}

/** `file` is only the name shown. */
export function fromYaml (source: string, file: string): Layer {
  const lines = new LineCounter()
  const document = parseDocument(source, { lineCounter: lines, uniqueKeys: true })
  const layer: Layer = { entries: new Map(), problems: [] }
  for (const err of document.errors) {
    layer.problems.push(`${file}:${lines.linePos(err.pos[0]).line}: ${err.message.split('\n')[0]}`)
  }
  if (layer.problems.length > 0 || document.contents === null) return layer
  const at: At = node => `${file}:${lines.linePos((node as Node | null)?.range?.[0] ?? 0).line}`
  walk(document, document.contents, [], layer, at)
  return layer
}

type At = (node: unknown) => string

function walk (document: Document, node: unknown, path: string[], layer: Layer, at: At): void {
  const section = isAlias(node) ? node.resolve(document) : node
  if (isScalar(section) && section.value === null) return
  if (!isMap(section)) {
    const what = path.join('.') || 'the file'
    layer.problems.push(`${at(node)}: ${what} must be a section of "key: value" lines`)
    return
  }
  for (const { key: keyNode, value } of section.items) {
    const key = [...path, String(isScalar(keyNode) ? keyNode.value : keyNode)]
    const name = key.join('.')
    if (KEYS.includes(name)) {
      const plain = (value as Node | null)?.toJS(document, { maxAliasCount: 10 }) ?? undefined
      const entry: Entry = { value: plain, from: 'file', where: at(keyNode) }
      if (plain !== undefined) layer.entries.set(name, entry)
    } else if (SECTIONS.has(name)) {
      walk(document, value, key, layer, at)
    } else {
      layer.problems.push(`${at(keyNode)}: ${unknown('setting', name, [...KEYS, ...SECTIONS])}`)
    }
  }
}

/** `retrieval.weights.rtt` stands in `retrieval` and `retrieval.weights`. */
function sectionsOf (key: string): string[] {
  const path = key.split('.').slice(0, -1)
  return path.map((_, depth) => path.slice(0, depth + 1).join('.'))
}

function layerOf (entries: Array<[string, Entry]>): Layer {
  return { entries: new Map(entries), problems: [] }
}

function unknown (what: string, name: string, allowed: string[]): string {
  const near = nearest(name, allowed)
  return `there is no ${what} ${shown(name)}${near === undefined ? '' : `: did you mean ${near}?`}`
}

/** The candidate with the fewest letters changed, when they are few. */
function nearest (name: string, candidates: string[]): string | undefined {
  const written = name.toLowerCase()
  const best = candidates
    .map(candidate => ({ candidate, edits: editDistance(written, candidate.toLowerCase()) }))
    .sort((a, b) => a.edits - b.edits)[0]
  const isNear = best !== undefined && best.edits <= Math.max(2, name.length / 3)
  return isNear ? best.candidate : undefined
}

function editDistance (a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, n) => n)
  for (const [i, letter] of [...a].entries()) {
    const next = [i + 1]
    for (const [j, other] of [...b].entries()) {
      next.push(Math.min(row[j + 1]! + 1, next[j]! + 1, row[j]! + (letter === other ? 0 : 1)))
    }
    row = next
  }
  return row[b.length]!
}
