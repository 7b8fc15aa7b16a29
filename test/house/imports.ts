/**
 * Which file imports which.
 * in: source files. out: their relative imports, those that go the wrong way, and circles of them.
 */

import { posix } from 'node:path'
import type { SourceFile } from './source-files.ts'

export interface Import {
  from: string
  /** The imported file, from the root. */
  to: string
  /** `import type` is gone at run time, `import()` resolves late: neither closes a circle. */
  kind: 'value' | 'type' | 'late'
}

const STATEMENT = /^(?:import|export)\s+(type\s)?(?:[^'";]*?\sfrom\s+)?'(\.[^']+)'/gm
const LATE = /^(?!\s*(?:\*|\/\/)).*\bimport\(\s*'(\.[^']+)'/gm

/** What each folder may import besides itself. `test` and `bench` may import anything. */
const MAY_IMPORT: Record<string, readonly string[]> = {
  protocols: [],
  daemon: ['protocols'],
  origin: ['protocols', 'daemon'],
  bootstrap: ['protocols', 'daemon'],
  web: ['protocols', 'daemon/retrieval', 'daemon/routing', 'daemon/discovery', 'daemon/store',
    // Single files that know nothing of Node: the bundle of web's pages would fail otherwise.
    'daemon/announcer.ts', 'daemon/bootstrap-dialer.ts', 'daemon/own-record.ts'],
  cli: ['protocols', 'daemon', 'origin', 'bootstrap'],
  testnet: ['protocols', 'daemon', 'origin', 'bootstrap']
}

/** Inside `daemon`, a part sees those to its right; only `node.ts` sees all. */
const DAEMON_LAYERS: Record<string, readonly string[]> = {
  http: ['retrieval', 'routing', 'discovery', 'store'],
  retrieval: ['routing', 'discovery', 'store'],
  routing: [],
  discovery: [],
  store: []
}

export function readImports (file: SourceFile): Import[] {
  const found: Import[] = []
  const add = (specifier: string, kind: Import['kind']): void => {
    found.push({ from: file.path, to: posix.join(posix.dirname(file.path), specifier), kind })
  }
  for (const [, type, specifier] of file.text.matchAll(STATEMENT)) {
    add(specifier!, type == null ? 'value' : 'type')
  }
  for (const [, specifier] of file.text.matchAll(LATE)) add(specifier!, 'late')
  return found
}

/** Imports that go the wrong way, a sentence each. */
export function misdirected (imports: Import[]): string[] {
  return imports.filter(({ from, to }) => !mayImport(from, to))
    .map(({ from, to }) => `${from} must not import ${to}`)
}

function mayImport (from: string, to: string): boolean {
  const folder = from.split('/')[0]!
  const allowed = MAY_IMPORT[folder]
  if (allowed == null) return true
  if (folder === 'daemon' && to.startsWith('daemon/')) return mayImportInDaemon(from, to)
  return [folder, ...allowed].some(prefix => to === prefix || to.startsWith(`${prefix}/`))
}

function mayImportInDaemon (from: string, to: string): boolean {
  const below = DAEMON_LAYERS[from.split('/')[1]!]
  if (below == null) return true
  const part = to.split('/')[1]!
  if (part === 'node.ts') return false
  return part.endsWith('.ts') || part === from.split('/')[1] || below.includes(part)
}

/** Circles of imports that exist at run time, each as `a → b → a`. */
export function circles (imports: Import[]): string[] {
  const graph = Map.groupBy(imports.filter(({ kind }) => kind === 'value'), ({ from }) => from)
  const done = new Set<string>()
  const found: string[] = []
  const visit = (file: string, path: string[]): void => {
    if (path.includes(file)) found.push([...path.slice(path.indexOf(file)), file].join(' → '))
    if (path.includes(file) || done.has(file)) return
    for (const { to } of graph.get(file) ?? []) visit(to, [...path, file])
    done.add(file)
  }
  for (const file of graph.keys()) visit(file, [])
  return found
}
