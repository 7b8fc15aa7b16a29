/**
 * What the documents tell people to run and to open is there.
 */

import { existsSync } from 'node:fs'
import { posix } from 'node:path'
import { expect } from 'chai'
import { ROOT, type SourceFile, sourceFiles } from './source-files.ts'

const DOCUMENTS = '{README.md,docs/**/*.md}'

describe('house/documents', () => {
  it('every npm script they name exists', () => {
    expect(sourceFiles(DOCUMENTS).flatMap(unknownScripts)).to.deep.equal([])
  })

  it('every file they link to exists', () => {
    expect(sourceFiles(DOCUMENTS).flatMap(brokenLinks)).to.deep.equal([])
  })

  it('a script or link that leads nowhere is found', () => {
    const text = '`npm run nothing`, npm run check; [a](docs/none.md#x), [b](https://example.org)'
    expect(unknownScripts({ path: 'a.md', text })).to.deep.equal(['a.md: npm run nothing'])
    expect(brokenLinks({ path: 'docs/a.md', text })).to.deep.equal(['docs/a.md: docs/docs/none.md'])
  })
})

function unknownScripts ({ path, text }: SourceFile): string[] {
  const { scripts } = JSON.parse(sourceFiles('package.json')[0]!.text) as { scripts: object }
  return [...text.matchAll(/\bnpm run ([\w:-]+)/g)].filter(([, name]) => !(name! in scripts))
    .map(([words]) => `${path}: ${words}`)
}

function brokenLinks ({ path, text }: SourceFile): string[] {
  return [...text.matchAll(/\]\((?!https?:|#|mailto:)([^)#\s]+)/g)]
    .map(([, target]) => posix.join(posix.dirname(path), target!))
    .filter(target => !existsSync(`${ROOT}${target}`))
    .map(target => `${path}: ${target}`)
}
