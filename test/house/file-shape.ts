/**
 * What a source file of ours looks like. in: a file. out: what is wrong with it, a sentence each.
 */

import type { SourceFile } from './source-files.ts'

const MAX_LINES = 350
const MAX_COLUMNS = 100
const VAGUE_NAME = /(^|\/|-)(utils?|helpers?|common|misc|lib)(\/|-|\.|$)/
const KEBAB_CASE = /^(\.?[a-z0-9]+([-.][a-z0-9]+)*\/)*[a-z0-9]+([-.][a-z0-9]+)*$/
const COMMENT = /^\s*(\*|\/\*|\/\/)/

interface LineRule { pattern: RegExp, says: string, only?: RegExp }

const CODE_RULES: readonly LineRule[] = [
  { pattern: /;\s*$/, says: 'ends in a semicolon' },
  { pattern: /^export default\b/, says: 'exports a default' },
  { pattern: /^\s*(export )?(const )?enum /, says: 'declares an enum' },
  { pattern: /\bclass \w+Impl\b|\binterface I[A-Z][a-z]/, says: 'names a type IFoo or FooImpl' },
  { pattern: /\b(describe|it|context)\.(only|skip)\b/, says: 'skips tests', only: /\.spec\.ts$/ },
  { pattern: /\bit\('should\b/, says: 'names a test with "should"', only: /\.spec\.ts$/ },
  { pattern: /\bfrom '\.[^']*(?<!\.[cm]?[jt]s)'/, says: 'imports a file without its ending' }
]

export function misshapes ({ path, text }: SourceFile): string[] {
  const lines = text.trimEnd().split('\n')
  const wrong: string[] = []
  if (VAGUE_NAME.test(path)) wrong.push('has a name that says nothing')
  if (!KEBAB_CASE.test(path)) wrong.push('is not in kebab-case')
  if (lines.length > MAX_LINES) wrong.push(`has ${lines.length} lines, more than ${MAX_LINES}`)
  if (!/^(\/\*\*|#!)/.test(text) && !path.endsWith('.spec.ts')) wrong.push('has no file doc')
  return [
    ...wrong.map(what => `${path} ${what}`),
    ...lines.flatMap((line, index) => misshapesOfLine(path, line)
      .map(what => `${path}:${index + 1} ${what}`))
  ]
}

function misshapesOfLine (path: string, line: string): string[] {
  const wrong: string[] = []
  const columns = [...line].length
  if (columns > MAX_COLUMNS) wrong.push(`has ${columns} columns, more than ${MAX_COLUMNS}`)
  if (/\b(TO[D]O|FIX[M]E)\b/.test(line)) wrong.push('leaves something to do')
  if (COMMENT.test(line)) return wrong
  const broken = CODE_RULES.filter(({ only }) => only == null || only.test(path))
    .filter(({ pattern }) => pattern.test(line))
  return [...wrong, ...broken.map(({ says }) => says)]
}
