/**
 * A command of the bundle, the one this file is named after: `dist/cli/cdnd.js` runs `cdnd`.
 * in: its arguments. out: its process. What it called is kept, compiled, in the folder of Node's
 * compile cache, if that is enabled, as the launcher does.
 */

import { createRequire, getCompileCacheDir } from 'node:module'
import { basename, dirname, join } from 'node:path'
import { collectByAllMemory } from '../../daemon/collector.ts'
import { CodeCache } from './code-cache.ts'
import { keepCode } from './keep-code.ts'
import type { commands } from './program.ts'

const FILE = import.meta.filename
const NAME = basename(FILE, '.js') as keyof typeof commands
const PROGRAM = join(dirname(FILE), 'program.cjs')

/** What the script is: a function around a CommonJS module, as Node itself wraps one. */
type Wrapped = (
  exports: object, require: NodeJS.Require, module: object, file: string, folder: string
) => void

export async function main (args: string[]): Promise<void> {
  const { main } = await program(programName(args))[NAME]()
  await main(args)
}

/** Roles call different functions: a cache of one's own each. */
function programName ([role]: string[]): string {
  if (NAME !== 'cdnd') return NAME
  return /^(edge|origin|bootstrap)$/.test(role ?? '') ? `cdnd-${role}` : 'cdnd-peer'
}

function program (name: string): typeof commands {
  // V8 takes compiled code only under the flags it was compiled under, so they come first.
  collectByAllMemory()
  const cache = new CodeCache({ folder: getCompileCacheDir(), name })
  const wrapped = cache.load(PROGRAM).runInThisContext() as Wrapped
  keepCode({
    cache,
    onExit: then => { process.on('exit', then) },
    timer: (ms, then) => { setTimeout(then, ms).unref() },
    uptimeMs: () => process.uptime() * 1000
  })
  const module = { exports: {} as { commands: typeof commands } }
  wrapped(module.exports, createRequire(PROGRAM), module, PROGRAM, dirname(PROGRAM))
  return module.exports.commands
}

if (import.meta.main) await main(process.argv.slice(2))
