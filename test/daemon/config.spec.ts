import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import fc from 'fast-check'
import { defaultsOf } from '../../daemon/config-presets.ts'
import { fromYaml } from '../../daemon/config-layers.ts'
import { loadConfig, SETTINGS } from '../../daemon/config.ts'
import { DEFAULT_BACKEND } from '../../daemon/store/open-store.ts'
import { InvalidConfigError } from '../../protocols/errors.ts'
import type { ConfigSources } from '../../daemon/config.ts'

const PEER = '12D3KooWGRUPvVJNYaJjBnVCoZLEwHkcmhL8CzCpVWCPJT2WoZCz'
const ROLES = ['peer', 'edge', 'origin', 'bootstrap']

describe('daemon/config', () => {
  let folder: string
  beforeEach(() => { folder = mkdtempSync(join(tmpdir(), 'cdnd-config-')) })
  afterEach(() => rmSync(folder, { recursive: true }))

  /** Loads with no environment and a data folder of the test's own. */
  const load = ({ flags, env, ...rest }: ConfigSources & { yaml?: string } = {}) => {
    if (rest.yaml !== undefined) writeFileSync(join(folder, 'cdnd.yaml'), rest.yaml)
    return loadConfig({ env: env ?? {}, flags: { data: folder, ...flags }, file: rest.file })
  }
  const complaint = (sources: Parameters<typeof load>[0]): string => {
    try {
      load(sources)
    } catch (err) {
      expect(err).to.be.instanceOf(InvalidConfigError)
      return (err as Error).message
    }
    throw new Error('the configuration was accepted')
  }

  it('has defaults that are valid for every role', () => {
    for (const role of ROLES) expect(load({ flags: { role } }).config.role).to.equal(role)
  })

  it('keeps blocks as the store does by default', () => {
    expect(load().config.store.backend).to.equal(DEFAULT_BACKEND)
  })

  it('gives an edge a public gateway and a peer a local one', () => {
    expect(load().config.gateway).to.include({ host: '127.0.0.1', requestsPerMinute: 0 })
    expect(load({ flags: { role: 'edge' } }).config.gateway)
      .to.include({ host: '0.0.0.0', requestsPerMinute: 60_000 })
  })

  it('lets flags win over the environment, it over the file, it over defaults', () => {
    const yaml = 'region: from-file\nname: from-file\nnetwork: from-file'
    const env = { CDND_REGION: 'from-env', CDND_NAME: 'from-env' }
    const { config } = load({ yaml, env, flags: { region: 'from-flag' } })
    expect(config).to.include({ region: 'from-flag', name: 'from-env', network: 'from-file' })
    expect(config.dht.enabled).to.equal(true)
  })

  it('says of each value where it was written', () => {
    const yaml = 'store:\n  quota: 5GB\n'
    const env = { CDND_STORE_TTL: '1h' }
    const { settings } = load({ yaml, env, flags: { 'upload.rate': '0' } })
    const where = Object.fromEntries(settings.map(setting => [setting.key, setting.where]))
    expect(where).to.include({
      'store.quota': `${join(folder, 'cdnd.yaml')}:2`,
      'store.ttl': 'CDND_STORE_TTL',
      'upload.rate': '--upload-rate',
      region: 'default of peer'
    })
  })

  it('reads the units people write', () => {
    const yaml = 'store: {quota: 10GB, ttl: 30s, keepFree: 10%}\nupload: {rate: 100MB/s}'
    const { config } = load({ yaml })
    expect(config.store).to.include({ quotaBytes: 10e9, ttlMs: 30_000, keepFree: 0.1 })
    expect(config.upload.rate).to.equal(100e6)
  })

  it('reads sections within sections, from a file, the environment and flags', () => {
    const yaml = 'retrieval:\n  policy: server-first\n  weights:\n    rtt: 2\n    upload: 0.25'
    const env = { CDND_RETRIEVAL_WEIGHTS_UPTIME: '3' }
    const { config, settings } = load({ yaml, env, flags: { 'retrieval.weights.upload': '4' } })
    expect(config.retrieval).to.deep.include({
      policy: 'server-first', share: true, maxPeers: 16, neighbours: 8,
      weights: { rtt: 2, upload: 4, reciprocity: 0.5, uptime: 3 }
    })
    const { where } = settings.find(({ key }) => key === 'retrieval.weights.rtt')!
    expect(where).to.equal(`${join(folder, 'cdnd.yaml')}:4`)
    expect(complaint({ yaml: 'retrieval:\n  weights:\n    rt: 2' }))
      .to.contain('did you mean retrieval.weights.rtt?')
  })

  it('reads a quota in bytes, in segments, or in both', () => {
    const quotaOf = (written: string) => {
      const { quotaBytes, quotaSegments } = load({ flags: { 'store.quota': written } }).config.store
      return [quotaBytes, quotaSegments]
    }
    expect(quotaOf('2GB')).to.deep.equal([2e9, 0])
    expect(quotaOf('64 segments')).to.deep.equal([0, 64])
    expect(quotaOf('1 segment or 1GB')).to.deep.equal([1e9, 1])
    expect(load().config.store).to.include({ quotaBytes: 1e9, quotaSegments: 64 })
  })

  it('takes other defaults from a preset, wherever that is written, for a peer only', () => {
    for (const sources of [
      { yaml: 'preset: super-seeder' }, { env: { CDND_PRESET: 'super-seeder' } },
      { flags: { preset: 'super-seeder' } }
    ]) {
      const { config } = load({ ...sources, flags: { ...sources.flags, 'upload.parallel': '7' } })
      expect(config.store).to.include({ quotaBytes: 100e9, quotaSegments: 0 })
      expect([config.popular.pinTop, config.upload.parallel]).to.deep.equal([100, 7])
    }
    expect(complaint({ flags: { role: 'edge', preset: 'super-seeder' } }))
      .to.contain('preset: super-seeder is for a peer, not edge')
  })

  it('takes the role from the file, and its defaults with it', () => {
    expect(load({ yaml: 'role: origin' }).config.gateway.port).to.equal(8482)
  })

  it('reads lists from commas and from YAML sequences', () => {
    const first = `/ip4/10.0.0.1/tcp/4001/p2p/${PEER}`
    const second = `/ip4/10.0.0.2/tcp/4001/p2p/${PEER}`
    expect(load({ env: { CDND_BOOTSTRAP: `${first},${second}` } }).config.bootstrap)
      .to.deep.equal([first, second])
    expect(load({ yaml: `bootstrap:\n  - ${first}\n  - ${second}` }).config.bootstrap)
      .to.deep.equal([first, second])
    expect(load({ flags: { bootstrap: [first] } }).config.bootstrap).to.deep.equal([first])
  })

  it('reads keys in hex, base64 and from a file', () => {
    const key = new Uint8Array(32).fill(7)
    const hex = Buffer.from(key).toString('hex')
    writeFileSync(join(folder, 'key'), `${hex}\n`)
    for (const written of [hex, Buffer.from(key).toString('base64'), `@${join(folder, 'key')}`]) {
      expect(load({ flags: { operatorKey: written } }).config.operatorKey).to.deep.equal(key)
    }
    expect(complaint({ flags: { operatorKey: `@${folder}/none` } })).to.contain('cannot read')
  })

  it('names key, place, value and what is allowed for a wrong unit', () => {
    expect(complaint({ yaml: 'region: x\nstore:\n  quota: 10 gigs' })).to.match(
      /^store\.quota \(.*cdnd\.yaml:3\): "10 gigs" is not a size: write a number with B, kB, MB/
    )
  })

  it('points at the variable or flag, too', () => {
    expect(complaint({ env: { CDND_RETRIEVAL_TIMEOUT: '30' } }))
      .to.match(/^retrieval\.timeout \(CDND_RETRIEVAL_TIMEOUT\): "30" is not a time span/)
    expect(complaint({ flags: { role: 'server' } }))
      .to.equal('role (--role): "server" is not allowed: choose peer, edge, origin, bootstrap')
  })

  const WRONG: Record<string, unknown[]> = {
    network: ['', 'a/b', 'x'.repeat(65)],
    data: ['', 'a\0b'],
    listen: ['127.0.0.1:80', '/'],
    bootstrap: ['/ip4/10.0.0.1/tcp/4001'],
    operatorKey: ['abcd', '!'.repeat(44), 'a'.repeat(63)],
    publicUrl: ['ftp://a', 'http://a/path', 'http://user@a', 'a.example', 'http://a?b'],
    'gateway.port': ['-1', '65536', '1.5', 'http', {}],
    'gateway.host': ['a b', '/tmp/socket'],
    'control.host': ['0.0.0.0', '192.168.1.1', 'example.org'],
    'dht.enabled': ['maybe', ''],
    'store.quota': ['1kB', '10', 10, '0 segments', '64', '1GB or', '2000000 segments'],
    'store.policy': ['mru'],
    preset: ['fast'],
    'popular.pinTop': ['-1', '1001'],
    'retrieval.notFound': ['2m'],
    'store.keepFree': ['200%', 'half'],
    'store.backend': ['disk'],
    'store.memory': ['-1', '64'],
    'retrieval.policy': ['origin-first'],
    'retrieval.weights.rtt': ['-1', '101', 'much', ''],
    'origin.segment': ['1s', '11s'],
    'origin.blockSize': ['2MiB'],
    'origin.bitrates': ['128'],
    'tracker.urls': [Array.from({ length: 65 }, () => 'http://a')],
    'browsers.stun': ['stun.example', 'turn:turn.example', 'http://stun.example'],
    'browsers.turn': ['turn:', 'turn:a?transport=sctp', 'turn:a b'],
    'browsers.turnSecret': ['x'.repeat(513), '@/none'],
    'tracker.redis': ['http://a', 'redis:', 'redis://', '@/none', '10.0.0.1:6379']
  }
  for (const [key, values] of Object.entries(WRONG)) {
    it(`refuses a wrong ${key}`, () => {
      for (const value of values) {
        const message = complaint({ flags: { [key]: value } })
        expect(message, String(value)).to.match(new RegExp(`^${key} \\(`))
      }
    })
  }

  it('suggests the key meant, in file, environment and flags', () => {
    expect(complaint({ yaml: 'store:\n  qouta: 1GB' }))
      .to.match(/cdnd\.yaml:2: there is no setting "store\.qouta": did you mean store\.quota\?/)
    expect(complaint({ env: { CDND_REGOIN: 'eu' } })).to.contain('did you mean CDND_REGION?')
    expect(complaint({ flags: { 'log.levle': 'info' } })).to.contain('did you mean log.level?')
    expect(complaint({ yaml: 'zzzzzzzzzzzz: 1' })).not.to.contain('did you mean')
  })

  it('lists every problem at once', () => {
    const message = complaint({ yaml: 'stor: {}\nlog: {level: loud}', flags: { region: '' } })
    expect(message.split('\n')).to.have.length(3)
  })

  it('refuses a file that is missing, not YAML, or has a value for a section', () => {
    expect(complaint({ file: join(folder, 'none.yaml') })).to.contain('cannot read configuration')
    expect(complaint({ yaml: 'a: [1' })).to.match(/cdnd\.yaml:1: /)
    expect(complaint({ yaml: 'store: 10GB' })).to.contain('store must be a section')
    expect(complaint({ yaml: '- a' })).to.contain('the file must be a section')
    expect(complaint({ yaml: 'region: a\nregion: b' })).to.match(/cdnd\.yaml:\d: .*unique/)
  })

  it('takes an empty file and an empty section for nothing said', () => {
    expect(load({ yaml: '' }).config.region).to.equal('default')
    expect(load({ yaml: 'store:\nregion:\n' }).config.region).to.equal('default')
  })

  it('reads the file CDND_CONFIG names', () => {
    writeFileSync(join(folder, 'other.yaml'), 'region: other')
    const { config, file } = load({ env: { CDND_CONFIG: join(folder, 'other.yaml') } })
    expect(config.region).to.equal('other')
    expect(file).to.equal(join(folder, 'other.yaml'))
  })

  it('refuses one port for both listeners, and lets both be any', () => {
    const both = (port: number) => ({ 'gateway.port': port, 'control.port': port })
    expect(complaint({ flags: both(9000) })).to.contain('control.port: 9000 is gateway.port too')
    expect(load({ flags: both(0) }).config.control.port).to.equal(0)
  })

  it('refuses TURN servers whose password nobody can make', () => {
    const flags = { 'browsers.turn': 'turn:a.example:3478?transport=udp,turns:b.example' }
    expect(complaint({ flags })).to.contain('browsers.turnSecret: browsers.turn needs')
    const { browsers } = load({ flags: { ...flags, 'browsers.turnSecret': 'hidden' } }).config
    expect(browsers.turn).to.deep.equal(flags['browsers.turn'].split(','))
  })

  it('refuses a switch that may serve fewer than it must', () => {
    const flags = { 'switch.floor': 20, 'switch.ceiling': 19 }
    expect(complaint({ flags })).to.contain('switch.ceiling: 19 is below switch.floor, 20')
    expect(load({ flags: { ...flags, 'switch.ceiling': 20 } }).config.switch.floor).to.equal(20)
    expect(complaint({ flags: { role: 'edge', reach: 'nat' } }))
      .to.contain('reach: nat is for a peer, not edge')
  })

  it('reports problems, never throws, for any text as a file', () => {
    fc.assert(fc.property(fc.string(), source => {
      expect(fromYaml(source, 'any.yaml')).to.have.keys('entries', 'problems')
    }))
  })

  it('names each setting in docs/configuration.md, with its default', () => {
    const docs = readFileSync(new URL('../../docs/configuration.md', import.meta.url), 'utf8')
    const defaults = defaultsOf('peer')
    const rows = SETTINGS.map(({ key }) => {
      const written = [defaults[key] ?? ''].flat().join(', ')
      const isOwn = ['name', 'data', 'role'].includes(key) || written === ''
      return isOwn ? `| \`${key}\` | ` : `| \`${key}\` | \`${written}\` | `
    })
    expect(rows.filter(row => !docs.includes(row))).to.deep.equal([])
  })
})
