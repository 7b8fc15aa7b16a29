import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { FileTitleList } from '../../daemon/title-list.ts'
import { contentNamed } from '../protocols/tracker/nodes.ts'
import { spokenLog } from './spoken-log.ts'

const a = contentNamed('a')
const b = contentNamed('b')
const c = contentNamed('c')

describe('daemon/title-list', () => {
  let folder: string
  let path: string
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'cdnd-titles-'))
    path = join(folder, 'data', 'titles.json')
  })
  afterEach(() => rm(folder, { recursive: true, force: true }))

  const open = () => {
    const { log, lines } = spokenLog()
    return { list: new FileTitleList(path, log), lines }
  }
  const names = async (list: FileTitleList) => (await list.list()).map(String).sort()

  it('is empty at first, without a complaint', async () => {
    const { list, lines } = open()
    expect([await names(list), lines]).to.deep.equal([[], []])
  })

  it('has after a restart what was added and not removed', async () => {
    const { list } = open()
    await list.add(a)
    await list.add(b)
    await list.remove(a)
    expect(await names(open().list)).to.deep.equal([String(b)])
  })

  it('loses nothing when many add at once, also while it is still read', async () => {
    await open().list.add(a)
    const { list } = open()
    await Promise.all([list.add(b), list.list(), list.add(c), list.remove(contentNamed('d'))])
    const all = [a, b, c].map(String).sort()
    expect(await names(list)).to.deep.equal(all)
    expect(await names(open().list)).to.deep.equal(all)
  })

  for (const [what, text] of Object.entries({
    'cut short': '["baf', 'no list': '{"a":1}', 'a list of something else': '["x"]'
  })) {
    it(`starts anew when the file is ${what}, says so, and works again`, async () => {
      await open().list.add(a)
      await writeFile(path, text)
      const { list, lines } = open()
      expect(await names(list)).to.deep.equal([])
      expect(lines.join()).to.contain(`${path} is damaged and starts anew`)
      await list.add(b)
      expect(await names(open().list)).to.deep.equal([String(b)])
    })
  }

  it('writes aside and renames: no reader ever sees half a list', async () => {
    const { list } = open()
    const adding = Promise.all(Array.from({ length: 50 }, (_, i) => list.add(contentNamed(`${i}`))))
    let isDone = false
    void adding.then(() => { isDone = true })
    while (!isDone) {
      const text = await readFile(path, 'utf8').catch(() => '[]')
      expect(() => JSON.parse(text)).not.to.throw()
    }
    expect(await readdir(join(folder, 'data'))).to.deep.equal(['titles.json'])
  })

  it('tells its caller when it cannot write, and goes on after that', async () => {
    const { list } = open()
    await writeFile(join(folder, 'data'), 'a file where the folder is to be')
    const failed = await list.add(a).catch((err: NodeJS.ErrnoException) => err.code)
    expect(failed).to.be.oneOf(['EEXIST', 'ENOTDIR'])
    await rm(join(folder, 'data'))
    await list.add(b)
    expect(await names(open().list)).to.deep.equal([a, b].map(String).sort())
  })
})
