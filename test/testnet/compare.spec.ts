import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { compareRuns, readRecord, RECORD_FILE } from '../../testnet/compare.ts'
import { isMet } from '../../testnet/run-record.ts'
import { sampleRecord } from './sample-record.ts'

describe('testnet/compare', () => {
  const a = sampleRecord({ peers: 12 })
  const slower = {
    ...a,
    seed: 9,
    plays: a.plays.map(play => ({ ...play, startUpMs: play.startUpMs && play.startUpMs * 1.5 })),
    verdicts: a.verdicts.map(verdict => ({ ...verdict, measured: verdict.measured! * 1.5 }))
  }
  const line = (text: string, begins: string): string =>
    text.split('\n').find(line => line.includes(begins)) ?? ''

  it('says what became worse and what better, and how much', () => {
    const [forth, back] = [compareRuns(a, slower), compareRuns(slower, a)]
    expect(line(forth, 'start-up p50 ')).to.match(/\+50\.0 %.*worse/)
    expect(line(back, 'start-up p50 ')).to.match(/−33\.3 %.*better/)
  })

  it('judges nothing that is the same, and says so', () => {
    const same = compareRuns(a, a)
    expect(line(same, 'offload ')).to.match(/ 0 %/)
    expect(same).not.to.match(/better|worse|no longer|now met/)
  })

  it('names goals that only one of them met', () => {
    expect(compareRuns(a, slower)).to.include('no longer met: start-up p50 318 ms, to be at most')
    expect(compareRuns(slower, a)).to.include('now met: start-up p50 212 ms, to be at most 265 ms')
  })

  it('says what each of them was', () => {
    expect(compareRuns(a, slower)).to.include('B: everything, testnet of 12 peers and 4 edges')
      .and.include('seed 9')
  })

  it('shows a figure that only one of them has', () => {
    const simulated = sampleRecord({ peers: 12, kind: 'simulation' })
    expect(line(compareRuns(a, simulated), 'memory of a node, p50')).to.match(/MiB .* –/)
  })

  describe('readRecord', () => {
    let folder: string
    beforeEach(async () => { folder = await mkdtemp(join(tmpdir(), 'cdnd-compare-')) })
    afterEach(() => rm(folder, { recursive: true, force: true }))

    it('reads a folder of a report, or the file in it', async () => {
      const file = join(folder, RECORD_FILE)
      await writeFile(file, JSON.stringify(a))
      expect(await readRecord(folder)).to.deep.equal(await readRecord(file)).and.deep.equal(a)
    })

    it('keeps a goal missed whose figure was not measured', async () => {
      const [goal] = a.verdicts
      const run = { ...a, verdicts: [{ ...goal!, measured: null }] }
      await writeFile(join(folder, RECORD_FILE), JSON.stringify(run))
      expect((await readRecord(folder)).verdicts.map(isMet)).to.deep.equal([false])
    })

    it('says where there is no record', async () => {
      await writeFile(join(folder, RECORD_FILE), '{"nodes": []}')
      for (const path of [folder, join(folder, 'none')]) {
        const error = await readRecord(path).catch((error: unknown) => error)
        expect(error).to.be.an.instanceOf(Error)
        expect((error as Error).message).to.include(`no record of a run in ${path}`)
      }
    })
  })
})
