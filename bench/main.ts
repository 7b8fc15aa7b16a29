/**
 * Runs a benchmark by name. in: `npm run bench NAME -- flags`. out: what the benchmark prints.
 * Each file beside this one is a benchmark; what they share is in `rig/`.
 */

import { readdirSync } from 'node:fs'
import { InterruptedError } from '../testnet/interrupted-error.ts'

const [name] = process.argv.splice(2, 1)
const names = readdirSync(import.meta.dirname)
  .filter(file => file.endsWith('.ts') && file !== 'main.ts')
  .map(file => file.slice(0, -'.ts'.length))

if (name != null && names.includes(name)) {
  await import(`./${name}.ts`).catch(conclude)
} else {
  console.error(`usage: npm run bench NAME -- [flags], where NAME is one of ${names.join(', ')}`)
  process.exitCode = 2
}

/** A line for what the user did; anything else is a fault, and where it happened is of interest. */
function conclude (error: Error): void {
  const { code, message } = error as NodeJS.ErrnoException
  const isWrongFlag = code?.startsWith('ERR_PARSE_ARGS') === true
  if (!isWrongFlag && !(error instanceof InterruptedError)) throw error
  console.error(isWrongFlag ? `${name}: ${message}; see the head of bench/${name}.ts` : message)
  process.exitCode = isWrongFlag ? 2 : (error as InterruptedError).exitCode
}
