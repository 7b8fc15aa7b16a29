/**
 * What an old Node must be able to read of the launchers.
 */

import { readFile } from 'node:fs/promises'
import { expect } from 'chai'
import { transform } from 'esbuild'

describe('bin/launch', () => {
  for (const file of ['launch.js', 'cdnd.js', 'cdn-cli.js']) {
    it(`${file} has no syntax newer than Node 12`, async () => {
      const source = await readFile(new URL(`../../bin/${file}`, import.meta.url), 'utf8')
      expect(await lowered(source, 'node12.20')).to.equal(await lowered(source, 'esnext'))
    })
  }

  it('newer syntax does not get past this check', async () => {
    const source = 'const name = process.env.NAME ?? process.env?.USER'
    expect(await lowered(source, 'node12.20')).not.to.equal(await lowered(source, 'esnext'))
  })
})

/** The source as esbuild writes it for a target: changed only where the target lacks the syntax. */
async function lowered (source: string, target: string): Promise<string> {
  return (await transform(source, { target })).code
}
