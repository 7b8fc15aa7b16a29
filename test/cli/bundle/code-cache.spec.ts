import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { CodeCache } from '../../../cli/bundle/code-cache.ts'

/** So many functions that are compiled when they are called. */
const FUNCTIONS = 50
const SOURCE = `({
${Array.from({ length: FUNCTIONS }, (_, i) =>
  `f${i} (a) { const b = [a]; for (const c of b) { if (c > ${i}) return c * ${i} } return 0 }`
).join(',\n')}
})`

type Functions = Record<string, (a: number) => number>

describe('cli/bundle/code-cache', () => {
  let folder: string
  let script: string

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'cdnd-code-'))
    script = join(folder, 'script.cjs')
    await writeFile(script, SOURCE)
  })
  afterEach(async () => { await rm(folder, { recursive: true }) })

  /** A process that calls so many functions, keeps them, and whether it found what it needs. */
  function ran (calls: number, within: string | null = folder) {
    const cache = new CodeCache({ folder: within ?? undefined, name: 'a' })
    const functions = cache.load(script).runInThisContext() as Functions
    for (let i = 0; i < calls; i++) functions[`f${i}`]!(i)
    cache.keep()
    return { isWarm: cache.isWarm, answer: functions.f2!(7) }
  }

  const files = async () => (await readdir(folder)).filter(name => name !== 'script.cjs')
  const sizeOf = async (file: string) => (await readFile(join(folder, file))).byteLength
  const only = async () => {
    const [file, ...others] = await files()
    expect(others).to.deep.equal([])
    return file!
  }

  it('finds what another process has kept', () => {
    expect(ran(3)).to.deep.equal({ isWarm: false, answer: 14 })
    expect(ran(3)).to.deep.equal({ isWarm: true, answer: 14 })
  })

  it('keeps functions that were called after the script was loaded', async () => {
    ran(0)
    const before = await sizeOf(await only())
    ran(FUNCTIONS)
    expect(await sizeOf(await only())).to.be.greaterThan(2 * before)
  })

  it('is not replaced by less', async () => {
    ran(FUNCTIONS)
    const file = await only()
    const before = await readFile(join(folder, file))
    const cold = new CodeCache({ folder, name: 'a' })
    await rm(join(folder, file))
    cold.load(script)
    await writeFile(join(folder, file), before)
    cold.keep()
    expect(await readFile(join(folder, file))).to.deep.equal(before)
  })

  it('keeps nothing without a folder', async () => {
    expect(ran(3, null)).to.deep.equal({ isWarm: false, answer: 14 })
    expect(await files()).to.deep.equal([])
  })

  it('does without where it cannot write', () => {
    expect(ran(3, join(folder, 'none'))).to.deep.equal({ isWarm: false, answer: 14 })
  })

  it('takes none of another script of the same length', async () => {
    ran(3)
    await writeFile(script, SOURCE.replace('c * 2', 'c * 3'))
    expect(ran(3)).to.deep.equal({ isWarm: false, answer: 21 })
  })

  it('removes what another version left, and whoever was killed while writing', async () => {
    await writeFile(join(folder, 'a-0-0.code'), 'old')
    await writeFile(join(folder, 'b-0-0.code'), 'of another program')
    ran(3)
    const kept = (await files()).find(name => name.startsWith('a-'))!
    await writeFile(join(folder, `${kept}.123`), 'half')
    ran(FUNCTIONS)
    expect((await files()).sort()).to.deep.equal([kept, 'b-0-0.code'])
  })

  for (const [what, damage] of Object.entries<(content: Buffer) => Buffer>({
    'is altered': content => { content[content.length >> 1]! ^= 1; return content },
    'is cut off': content => content.subarray(0, content.length >> 1),
    'is empty': () => Buffer.alloc(0)
  })) {
    it(`takes none that ${what}, and replaces it`, async () => {
      ran(3)
      const file = join(folder, await only())
      await writeFile(file, damage(await readFile(file)))
      expect(ran(3)).to.deep.equal({ isWarm: false, answer: 14 })
      expect(ran(3)).to.include({ isWarm: true })
    })
  }

  it('lets only the user read and write it', async () => {
    ran(3)
    const { mode } = await stat(join(folder, await only()))
    expect(mode & 0o777).to.equal(0o600)
  })
})
