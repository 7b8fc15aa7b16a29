/**
 * The shape every file keeps: its name, its length, its lines.
 */

import { expect } from 'chai'
import { misshapes } from './file-shape.ts'
import { sourceFiles } from './source-files.ts'

const DOC = '/** Does a thing. */\n'

describe('house/file-shape', () => {
  it('every source file keeps to it', () => {
    expect(sourceFiles().flatMap(misshapes)).to.deep.equal([])
  })
})

describe('house/file-shape, on samples', () => {
  it('lets a file that keeps to it pass', () => {
    const text = `${DOC}import { b } from './b.ts'\n// Done; really;\nexport const a = b\n`
    expect(misshapes({ path: 'daemon/routing/rank.ts', text })).to.deep.equal([])
  })

  const names = {
    'cli/utils.ts': 'says nothing',
    'cli/byte-helpers.ts': 'says nothing',
    'cli/aB.ts': 'kebab-case'
  }
  for (const [path, says] of Object.entries(names)) {
    it(`refuses the name ${path}`, () => {
      expect(misshapes({ path, text: DOC }).join()).to.match(new RegExp(`^${path} .*${says}$`))
    })
  }

  it('refuses a file of 351 lines, and lets one of 350 pass', () => {
    const lines = (count: number) => DOC + 'a()\n'.repeat(count - 1)
    const path = 'cli/a.ts'
    expect(misshapes({ path, text: lines(351) }))
      .to.deep.equal([`${path} has 351 lines, more than 350`])
    expect(misshapes({ path, text: lines(350) })).to.deep.equal([])
  })

  it('refuses a file without a doc, unless it is a spec', () => {
    expect(misshapes({ path: 'cli/a.ts', text: 'a()' })).to.deep.equal(['cli/a.ts has no file doc'])
    expect(misshapes({ path: 'test/cli/a.spec.ts', text: 'a()' })).to.deep.equal([])
  })

  const lines = {
    [`const a = 1${';'}`]: 'ends in a semicolon',
    [`${'export'} default a`]: 'exports a default',
    [`export ${'enum'} A { B }`]: 'declares an enum',
    [`// TO${'DO'} ask`]: 'leaves something to do',
    [`${'class'} StoreImpl {}`]: 'names a type IFoo or FooImpl',
    [`it${'.only'}('a')`]: 'skips tests',
    [`describe${'.skip'}('a')`]: 'skips tests',
    [`it(${"'should"} a')`]: 'names a test with "should"',
    [`import { a } from ${"'./a'"}`]: 'imports a file without its ending',
    [`// ${'x'.repeat(98)}`]: 'has 101 columns, more than 100'
  }
  for (const [line, says] of Object.entries(lines)) {
    it(`refuses a line that ${says}`, () => {
      const path = 'test/a.spec.ts'
      expect(misshapes({ path, text: DOC + line })).to.deep.equal([`${path}:2 ${says}`])
    })
  }
})
