/**
 * docs/cli.md against the code.
 */

import { readFileSync } from 'node:fs'
import { expect } from 'chai'
import { COMMANDS } from '../../cli/commands/index.ts'
import { EXIT_CODES } from '../../cli/exit-code.ts'
import type { CliContext } from '../../cli/context.ts'

const TEXT = readFileSync(new URL('../../docs/cli.md', import.meta.url), 'utf8')

describe('cli/document', () => {
  it('lists every exit code with its meaning', () => {
    for (const { code, meaning } of EXIT_CODES) expect(TEXT).to.contain(`| ${code} | ${meaning} |`)
  })

  it('names every command and its options', () => {
    for (const command of COMMANDS.map(make => make({} as CliContext))) {
      expect(TEXT).to.match(new RegExp(`\`${command.name()}[ \`]`))
      for (const { long } of command.options) {
        expect(TEXT).to.contain(long === '--output' ? '-o FILE' : long)
      }
    }
  })
})
