import { mkdir, mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { replaceFile } from '../../daemon/replace-file.ts'

describe('daemon/replace-file', () => {
  let folder: string
  beforeEach(async () => { folder = await mkdtemp(join(tmpdir(), 'cdnd-replace-')) })
  afterEach(async () => { await rm(folder, { recursive: true }) })

  it('replaces what was there', async () => {
    const path = join(folder, 'file')
    await replaceFile(path, 'the old one, which is longer')
    await replaceFile(path, 'the new one')
    expect(await readFile(path, 'utf8')).to.equal('the new one')
  })

  it('leaves one whole file, and nothing beside it, when many write at once', async () => {
    const path = join(folder, 'file')
    const texts = Array.from({ length: 20 }, (_, n) => String(n).repeat(10_000 * (n + 1)))
    await Promise.all(texts.map(text => replaceFile(path, text)))
    expect(texts).to.include(await readFile(path, 'utf8'))
    expect(await readdir(folder)).to.deep.equal(['file'])
  })

  it('gives the file the mode asked for', async () => {
    const path = join(folder, 'file')
    await replaceFile(path, 'a secret', { mode: 0o600 })
    expect((await stat(path)).mode & 0o777).to.equal(0o600)
  })

  it('leaves nothing behind when it fails', async () => {
    const path = join(folder, 'file')
    await mkdir(join(path, 'in the way'), { recursive: true })
    expect(await replaceFile(path, 'text').catch(() => 'failed')).to.equal('failed')
    expect(await readdir(folder)).to.deep.equal(['file'])
  })
})
