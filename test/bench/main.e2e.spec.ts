import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { expect } from 'chai'

const BENCH = join(import.meta.dirname, '..', '..', 'bench', 'main.ts')

function bench (...args: string[]): Promise<{ code: number, errors: string[] }> {
  return new Promise(resolve => {
    execFile(process.execPath, [BENCH, ...args], (error, _stdout, errors) => {
      resolve({ code: Number(error?.code ?? 0), errors: errors.trim().split('\n') })
    })
  })
}

describe('bench/main', () => {
  it('says which benchmarks there are', async () => {
    for (const names of [[], ['none']]) {
      const { code, errors } = await bench(...names)
      expect(code).to.equal(2)
      expect(errors).to.have.length(1)
      expect(errors[0]).to.match(/^usage: .*flash-crowd, .*zipf-day$/)
    }
  })

  it('says in a line which flag is wrong', async () => {
    const { code, errors } = await bench('flash-crowd', '--peerz', '3')
    expect(code).to.equal(2)
    expect(errors).to.have.length(1)
    expect(errors[0]).to.match(/^flash-crowd: .*--peerz/)
  })
})
