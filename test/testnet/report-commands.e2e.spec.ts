import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { Command } from 'commander'
import { reportCommands } from '../../testnet/report-commands.ts'
import { sampleRecord } from './sample-record.ts'

describe('testnet/report-commands', () => {
  const said: string[] = []
  let folder: string
  let runs: string[]

  beforeEach(async () => {
    said.length = 0
    folder = await mkdtemp(join(tmpdir(), 'cdnd-commands-'))
    runs = ['a.json', 'b.json'].map(name => join(folder, name))
    for (const [i, run] of runs.entries()) {
      const kind = i === 0 ? 'testnet' : 'simulation'
      await writeFile(run, JSON.stringify(sampleRecord({ peers: 8, kind })))
    }
  })
  afterEach(async () => {
    process.exitCode = undefined
    await rm(folder, { recursive: true, force: true })
  })

  async function command (...args: string[]): Promise<void> {
    const all = new Command()
    for (const one of reportCommands(line => { said.push(line) })) all.addCommand(one)
    await all.parseAsync(args, { from: 'user' })
  }

  it('compares two runs', async () => {
    await command('compare', ...runs)
    expect(said.join()).to.include('A: everything, testnet of 8').and.include('offload ÷ ceiling')
    expect(process.exitCode).to.equal(undefined)
  })

  it('writes a report again with a simulation beside it, and a sweep', async () => {
    const to = join(folder, 'both')
    await command('report', runs[0]!, '--beside', runs[1]!, '--sweep', ...runs, '--to', to)
    expect(said).to.deep.equal([`the report is ${join(to, 'report.html')}`])
    const page = await readFile(join(to, 'report.html'), 'utf8')
    expect(page).to.match(/"beside":\{"kind":"simulation"/)
    expect(page).to.match(/"sweep":\[\{"peers":8,/)
  })

  it('fails where there is no run', async () => {
    await command('compare', runs[0]!, join(folder, 'none'))
    expect(said.join()).to.include('no record of a run in')
    expect(process.exitCode).to.equal(1)
  })
})
