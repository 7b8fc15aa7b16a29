import { mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { publicKeyFromRaw } from '@libp2p/crypto/keys'
import { peerIdFromString } from '@libp2p/peer-id'
import { expect } from 'chai'
import { base16 } from 'multiformats/bases/base16'
import { parseDocument } from 'yaml'
import { loadConfig } from '../../../daemon/config.ts'
import { isEndorsed } from '../../../protocols/tracker/index.ts'
import { run } from '../fake-daemon.ts'

const PEER = '12D3KooWGRUPvVJNYaJjBnVCoZLEwHkcmhL8CzCpVWCPJT2WoZCz'
const URL = 'http://edge.example:8481'

describe('cli/commands/endorse', () => {
  let folder: string
  let key: string
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'cdn-cli-'))
    key = join(folder, 'operator.key')
  })
  after(() => rm(folder, { recursive: true, force: true }))

  const endorse = (...more: string[]) =>
    run(['endorse', '--key', key, '--peer', PEER, '--role', 'edge', '--http', `${URL}/`, ...more])

  it('makes the key, and signs for that network, peer, role and URL only', async () => {
    const { code, stdout } = await endorse('--network', 'ours', '--json')
    expect(code).to.equal(0)
    expect((await stat(key)).mode & 0o777).to.equal(0o600)
    const data = JSON.parse(stdout)
    expect(data).to.include({ network: 'ours', peer: PEER, role: 'edge', publicUrl: URL })
    const operator = publicKeyFromRaw(base16.baseDecode(data.operatorKey))
    const signature = base16.baseDecode(data.endorsement)
    const right = {
      network: 'ours', peer: peerIdFromString(PEER), role: 'edge' as const, http: URL
    }
    expect(await isEndorsed(right, signature, operator)).to.equal(true)
    for (const wrong of [{ network: 'main' }, { role: 'origin' as const }, { http: `${URL}0` }]) {
      expect(await isEndorsed({ ...right, ...wrong }, signature, operator)).to.equal(false)
    }
  })

  it('prints settings that a node takes as they are, from the same key each time', async () => {
    const { stdout } = await endorse()
    expect(stdout).to.match(/^# every node of network main$/m)
    const flags = { role: 'edge', ...parseDocument(stdout).toJS() }
    const { config } = loadConfig({ flags, env: {} })
    expect(config).to.include({ publicUrl: URL })
    expect([config.operatorKey?.byteLength, config.endorsement?.byteLength]).to.deep.equal([32, 64])
    expect((await endorse()).stdout).to.equal(stdout)
  })

  it('refuses what is no peer ID, no URL, another role, or nothing', async () => {
    const wrong: Array<[string[], string]> = [
      [['--peer', 'nobody'], 'is not a peer ID'],
      [['--http', `${URL}/path`], 'a URL without a path'],
      [['--role', 'peer'], 'Allowed choices are edge, origin']
    ]
    for (const [argv, says] of wrong) {
      const { code, stderr } = await endorse(...argv)
      expect(code).to.equal(2)
      expect(stderr).to.contain(says)
    }
    const nothing = await run(['endorse'])
    expect([nothing.code, nothing.stderr]).to.deep.equal([2, nothing.stderr])
    expect(nothing.stderr).to.match(/required option '--key <file>'/)
  })
})
