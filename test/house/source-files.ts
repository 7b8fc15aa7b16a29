/**
 * The project's own source, as the house tests read it.
 * in: nothing. out: every source file with its text, by its path from the project's root.
 */

import { globSync, readFileSync } from 'node:fs'
import { sep } from 'node:path'
import { fileURLToPath } from 'node:url'

export interface SourceFile {
  /** From the root, with `/`. */
  path: string
  text: string
}

export const ROOT = fileURLToPath(new URL('../../', import.meta.url))

const FOLDERS = '{bin,protocols,daemon,origin,bootstrap,cli,testnet,web,bench,test}'

export function sourceFiles (pattern = `${FOLDERS}/**/*.{ts,js,cjs}`): SourceFile[] {
  return globSync(pattern, { cwd: ROOT, exclude: ['**/fixtures/**', '**/node_modules/**'] })
    .map(path => path.split(sep).join('/'))
    .sort()
    .map(path => ({ path, text: readFileSync(`${ROOT}${path}`, 'utf8') }))
}
