/**
 * Which folder may import which, and that nothing imports itself in a circle.
 */

import { expect } from 'chai'
import { circles, misdirected, readImports } from './imports.ts'
import { sourceFiles } from './source-files.ts'

const read = (path: string, text: string) => readImports({ path, text })

describe('house/imports', () => {
  const imports = sourceFiles().flatMap(readImports)

  it('the files import one another', () => {
    expect(imports.length).to.be.greaterThan(10)
  })

  it('every import goes the way the folders allow', () => {
    expect(misdirected(imports)).to.deep.equal([])
  })

  it('no file imports itself in a circle', () => {
    expect(circles(imports)).to.deep.equal([])
  })
})

describe('house/imports, on samples', () => {
  it('reads statements over several lines, exports and late imports', () => {
    const text = [
      "import {\n  a,\n  b\n} from './a.ts'",
      "import type { C } from '../c.ts'",
      "export { d } from './d.ts'",
      "import './e.ts'",
      "import { f } from 'commander'",
      "const g = await import('./g.ts')",
      " * import { h } from './h.ts'",
      "  // await import('./i.ts')"
    ].join('\n')
    expect(read('cli/x/y.ts', text).map(({ to, kind }) => `${kind} ${to}`)).to.deep.equal([
      'value cli/x/a.ts', 'type cli/c.ts', 'value cli/x/d.ts', 'value cli/x/e.ts', 'late cli/x/g.ts'
    ])
  })

  const refused = {
    'protocols/a.ts': '../daemon/node.ts',
    'daemon/node.ts': '../origin/ingest.ts',
    'bootstrap/tracker.ts': '../origin/ingest.ts',
    'cli/cdnd.ts': '../testnet/run.ts',
    'testnet/run.ts': '../cli/cdnd.ts',
    'origin/ingest.ts': '../test/house/imports.ts',
    'web/player.ts': '../daemon/http/index.ts',
    'web/node/index.ts': '../../daemon/keeper.ts',
    'daemon/store/quota.ts': '../retrieval/index.ts',
    'daemon/retrieval/session.ts': '../http/server.ts',
    'daemon/routing/rank.ts': '../node.ts'
  }
  for (const [from, specifier] of Object.entries(refused)) {
    it(`refuses that ${from} imports ${specifier}, types included`, () => {
      expect(misdirected(read(from, `import type { A } from '${specifier}'`))).to.have.length(1)
      expect(misdirected(read(from, `  await import('${specifier}')`))).to.have.length(1)
    })
  }

  it('lets a part see those below it and the files beside them', () => {
    expect(misdirected([
      ...read('daemon/http/server.ts', "import { A } from '../retrieval/index.ts'"),
      ...read('daemon/store/quota.ts', "import { log } from '../log.ts'"),
      ...read('daemon/node.ts', "import { A } from './http/server.ts'"),
      ...read('web/player.ts', "import { A } from '../daemon/retrieval/index.ts'"),
      ...read('web/player.ts', "import { A } from '../daemon/store/quota.ts'"),
      ...read('web/player.ts', "import { A } from '../daemon/announcer.ts'"),
      ...read('test/a.spec.ts', "import { A } from '../cli/cdnd.ts'")
    ])).to.deep.equal([])
  })

  it('finds a circle of values, and lets types point back', () => {
    const there = read('cli/a.ts', "import { b } from './b.ts'")
    expect(circles([...there, ...read('cli/b.ts', "import { a } from './a.ts'")]))
      .to.deep.equal(['cli/a.ts → cli/b.ts → cli/a.ts'])
    const back = read('cli/b.ts', "import type { A } from './a.ts'")
    expect(circles([...there, ...back])).to.deep.equal([])
  })
})
