/**
 * The command line of `cdnd`, with a node that only remembers how it was started.
 */

import { expect } from 'chai'
import { runDaemon } from '../../cli/cdnd.ts'
import type { RunningRole, StartRole } from '../../cli/role.ts'
import { StoppedError } from '../../cli/stop-signal.ts'
import type { Config } from '../../daemon/config.ts'
import { AddressInUseError } from '../../protocols/errors.ts'

interface Started { config: Config, files: string[], ownsProcess: boolean | undefined }

interface Run {
  code: number
  stdout: string
  stderr: string
  started: Started | undefined
  stops: number
}

const READY = {
  peer: '12D3x', gateway: 'http://127.0.0.1:1', control: 'http://127.0.0.1:2', p2p: '/ip4/1,/ip4/2'
}

async function run (
  argv: string[], node: Partial<RunningRole> = {}, start?: StartRole
): Promise<Run> {
  const seen = { stdout: '', stderr: '', stops: 0, started: undefined as Started | undefined }
  const code = await runDaemon(argv, {
    stdout: { write (text) { seen.stdout += text } },
    stderr: { write (text: string) { seen.stderr += text } } as unknown as NodeJS.WriteStream,
    signal: new AbortController().signal,
    startRole: start ?? (async (config, { files, ownsProcess }) => {
      seen.started = { config, files, ownsProcess }
      return { ready: READY, stopped: Promise.resolve(), async stop () { seen.stops++ }, ...node }
    })
  })
  return { code, ...seen }
}

describe('cli/cdnd', () => {
  it('is a peer unless another role is named', async () => {
    const { started } = await run(['--data', '/tmp/x'])
    expect(started?.config).to.include({ role: 'peer', data: '/tmp/x' })
    expect((await run(['edge'])).started?.config.role).to.equal('edge')
    expect((await run([])).started?.config.role).to.equal('peer')
    expect(started?.ownsProcess).to.equal(true)
  })

  it('prints one ready line on stdout and nothing else', async () => {
    const { code, stdout, stderr, stops } = await run(['bootstrap'])
    expect(stdout).to.equal('cdnd bootstrap ready peer=12D3x gateway=http://127.0.0.1:1 ' +
      'control=http://127.0.0.1:2 p2p=/ip4/1,/ip4/2\n')
    expect([code, stderr, stops]).to.deep.equal([0, '', 1])
  })

  it('turns flags into settings, repeated ones into lists', async () => {
    const { started } = await run([
      'origin', '--bitrates', '64k,128k', '--origin-segment', '4s', '--store-quota', '2GB',
      '--listen', '/ip4/127.0.0.1/tcp/1', '--listen', '/ip4/127.0.0.1/tcp/2', 'a.mp3', 'b.mp4'
    ])
    expect(started?.config.origin).to.include({ segmentMs: 4000 })
      .and.deep.include({ bitratesBitsPerSecond: [64_000, 128_000] })
    expect(started?.config.store.quotaBytes).to.equal(2e9)
    expect(started?.config.listen).to.have.length(2)
    expect(started?.files).to.deep.equal(['a.mp3', 'b.mp4'])
  })

  it('tells which files were published and which were not', async () => {
    const start: StartRole = async (_config, { onProgress }) => {
      onProgress?.('a.mp3', { stage: 'hash', percent: 50 })
      onProgress?.('a.mp3', {
        stage: 'done', id: 'bafy', title: 'a', durationMs: 1, size: 1, renditions: ['128k']
      })
      onProgress?.('b.txt', { stage: 'failed', error: 'InvalidMediaError', message: 'not media' })
      return { ready: READY, stopped: Promise.resolve(), async stop () {} }
    }
    const { stdout, stderr } = await run(['origin', 'a.mp3'], {}, start)
    expect(stdout).to.match(/^published bafy a\n/)
    expect(stderr).to.equal('cdnd: b.txt was not published: not media\n')
  })

  it('refuses a wrong setting, flag or role, and starts nothing', async () => {
    const wrong = {
      'store.quota (--store-quota): "10X" is not a size': ['--store-quota', '10X'],
      "unknown option '--nope'": ['--nope'],
      '"a.mp3" is not a role: choose peer, edge, origin, bootstrap': ['a.mp3'],
      'cannot read configuration file /none': ['peer', '--config', '/none']
    }
    for (const [message, argv] of Object.entries(wrong)) {
      const { code, stderr, started } = await run(argv)
      expect([code, started]).to.deep.equal([2, undefined])
      expect(stderr).to.contain(message)
    }
  })

  it('ends with the code of what kept the node from starting', async () => {
    const { code, stderr } = await run([], {}, () => Promise.reject(new AddressInUseError('taken')))
    expect([code, stderr]).to.deep.equal([8, 'cdnd: taken\n'])
  })

  it('ends with 0 when it is stopped while it starts', async () => {
    const { code, stderr } = await run([], {}, () => Promise.reject(new StoppedError('SIGTERM')))
    expect([code, stderr]).to.deep.equal([0, ''])
  })

  it('ends with the code of what made a running node fail', async () => {
    const { code } = await run([], { stopped: Promise.reject(new TypeError('broken')) })
    expect(code).to.equal(1)
  })
})
