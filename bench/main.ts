/**
 * Runs a benchmark by name. in: `npm run bench NAME -- flags`. out: what the benchmark prints.
 * Each file beside this one is a benchmark; what they share is in `rig/`.
 */

import { readdirSync } from 'node:fs'

const [name] = process.argv.splice(2, 1)
const names = readdirSync(import.meta.dirname)
  .filter(file => file.endsWith('.ts') && file !== 'main.ts')
  .map(file => file.slice(0, -'.ts'.length))

if (name != null && names.includes(name)) {
  await import(`./${name}.ts`)
} else {
  console.error(`usage: npm run bench NAME -- [flags], where NAME is one of ${names.join(', ')}`)
  process.exitCode = 2
}
