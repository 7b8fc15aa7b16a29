/**
 * Daemons that behave in one way or another, as processes.
 */

import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { DaemonProcess, parseReadyLine } from '../../testnet/daemon-process.ts'

const READY = "console.log('cdnd peer ready peer=12D3 p2p=/ip4/1,/ip4/2 gateway=http://a:1?b=c')"
const STAY = 'setInterval(() => {}, 1000)'

describe('testnet/daemon-process', () => {
  let folder: string
  const made: DaemonProcess[] = []
  before(async () => { folder = await mkdtemp(join(tmpdir(), 'cdnd-daemon-')) })
  after(async () => {
    await Promise.all(made.map(daemon => daemon.kill()))
    await rm(folder, { recursive: true, force: true })
  })

  async function daemon (program: string, files: string[] = []): Promise<DaemonProcess> {
    const name = `d${made.length}`
    const entry = join(folder, `${name}.mjs`)
    await writeFile(entry, program)
    const config = { region: 'eu', gateway: { port: 0 } }
    const process = new DaemonProcess(
      { name, role: 'peer', folder: join(folder, name), config, entry, files })
    made.push(process)
    return process
  }

  it('is ready with what its ready line says, and stops when asked', async () => {
    const started = await daemon(`${READY}\n${STAY}`)
    await started.start()
    expect(started.ready).to.deep.equal(
      { peer: '12D3', p2p: '/ip4/1,/ip4/2', gateway: 'http://a:1?b=c' })
    expect([started.isRunning, started.pid! > 0, started.region]).to.deep.equal([true, true, 'eu'])
    await started.stop()
    await started.stop()
    expect([started.isRunning, started.pid]).to.deep.equal([false, undefined])
  })

  it('is told its role, its settings and its files', async () => {
    const started = await daemon(`
      import { readFileSync } from 'node:fs'
      const [role, , path, file] = process.argv.slice(2)
      const { name, region, bootstrap } = JSON.parse(readFileSync(path))
      console.log(['cdnd peer ready', 'r=' + role, 'n=' + name + region + bootstrap, 'f=' + file]
        .join(' '))`, ['song.ogg'])
    await started.start({ config: { bootstrap: ['b'] } })
    expect(started.ready).to.deep.equal({ r: 'peer', n: `${started.name}eub`, f: 'song.ogg' })
  })

  it('rejects with the last words of one that ends before it is ready', async () => {
    const started = await daemon(`
      for (let i = 0; i < 9; i++) console.error('word ' + i)
      process.exitCode = 8`)
    const { message } = await started.start().then(() => new Error('ready'), (err: Error) => err)
    expect(message).to.equal([`${started.name} ended with exit code 8 before it was ready:`,
      'word 3', 'word 4', 'word 5', 'word 6', 'word 7', 'word 8'].join('\n'))
    expect(await readFile(started.logPath, 'utf8')).to.contain('word 0\n')
  })

  it('stops waiting when the run ends, and can still be stopped', async () => {
    const started = await daemon(STAY)
    const ends = new AbortController()
    const failed = started.start({ signal: ends.signal }).catch((err: Error) => err.message)
    while (!started.isRunning) await new Promise(resolve => { setTimeout(resolve, 5) })
    ends.abort(new Error('interrupted'))
    expect(await failed).to.equal('interrupted')
    await started.stop()
    expect(started.isRunning).to.equal(false)
  })

  it('does not come to life after the end of the run', async () => {
    const started = await daemon(STAY)
    const ends = new AbortController()
    const failed = started.start({ signal: ends.signal }).catch((err: Error) => err.message)
    ends.abort(new Error('interrupted'))
    expect([await failed, started.isRunning]).to.deep.equal(['interrupted', false])
  })

  it('starts again on the same folder after its end', async () => {
    const started = await daemon(`${READY}\n${STAY}`)
    await started.start()
    await started.kill()
    expect(started.isRunning).to.equal(false)
    await started.start()
    expect(started.isRunning).to.equal(true)
  })
})

describe('testnet/daemon-process, parseReadyLine', () => {
  it('reads pairs, whose values may hold an equals sign, and passes over the rest', () => {
    expect(parseReadyLine('cdnd peer ready a=1 b=2=3 word c='))
      .to.deep.equal({ a: '1', b: '2=3', c: '' })
    expect(parseReadyLine('cdnd peer ready')).to.deep.equal({})
  })
})
