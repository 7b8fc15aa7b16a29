/**
 * The short commands: what they ask of the daemon and what they print.
 */

import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import type {
  LimitsReport, PeerSummary, RankedPeer, RenditionSummary, Status, TitleDetail
} from '../../../protocols/control/index.ts'
import { VERSION } from '../../../protocols/version.ts'
import { type Answer, failure, run } from '../fake-daemon.ts'

const ID = `bafyrei${'a'.repeat(52)}`

const RENDITION: RenditionSummary = {
  name: '128k',
  bandwidth: 140_000,
  codecs: 'mp4a.40.2',
  segments: 2,
  blocks: 4,
  held: 2,
  size: 4000,
  durationMs: 20_000
}

const TITLE: TitleDetail = {
  id: ID,
  title: 'A song',
  alias: 'song',
  publisher: 'ab',
  durationMs: 20_000,
  size: 4000,
  heldBytes: 2000,
  isPinned: true,
  renditions: [RENDITION],
  providers: [{ peer: '12D3x', via: 'dht' }],
  segments: {
    '128k': [
      { id: `${ID}/128k/0`, cid: 'bafk', durationMs: 10_000, size: 2000, blocks: 2, held: 2 }
    ]
  }
}

const PEER: PeerSummary = {
  peer: '12D3x',
  role: 'edge',
  region: 'eu',
  addresses: [],
  isRelayed: false,
  rttMs: 1.26,
  inFlight: 3,
  receivedBytes: 1500,
  sentBytes: 0
}

const STATUS: Status = {
  name: 'n',
  peer: '12D3y',
  role: 'peer',
  network: 'main',
  region: 'eu',
  addresses: ['/ip4/127.0.0.1/tcp/1'],
  reach: { state: 'nat', seenAt: '45.45.1.2', relays: ['12D3r', '12D3s'] },
  version: '9.9.9',
  pid: 7,
  uptimeSeconds: 65,
  gateway: 'http://127.0.0.1:1',
  control: 'http://127.0.0.1:2',
  peers: 1,
  titles: 1,
  store: { blocks: 2, bytes: 2000, diskBytes: 3000, quotaBytes: 1e9 },
  delivered: { local: 0, peer: 750, edge: 250, origin: 0 },
  uploadedBytes: 10, wastedBytes: 700,
  mismatches: 0,
  bannedPeers: [],
  httpSources: [{ url: 'http://127.0.0.1:3', role: 'edge', region: 'eu', rttMs: 2 }]
}

const answers = (table: Record<string, unknown>): Answer => (path, { method }) => {
  const answer = table[`${method} ${path}`]
  return answer === undefined ? undefined : Response.json(answer)
}

describe('cli/commands', () => {
  it('ls lists titles, and says how to get one when there is none', async () => {
    const { stdout } = await run(['ls'], answers({ 'GET /titles': [TITLE] }))
    expect(stdout.split('\n').map(line => line.split(/ {2,}/))).to.deep.equal([
      ['ID', 'TITLE', 'ALIAS', 'LENGTH', 'SIZE', 'HELD', 'PINNED'],
      [ID, 'A song', 'song', '20 s', '4 kB', '50%', 'yes'],
      ['']
    ])
    expect((await run(['ls'], answers({ 'GET /titles': [] }))).stdout).to.contain('no titles yet')
  })

  it('top lists what is played most', async () => {
    const popular = [
      { id: ID, title: 'A song', size: 4000, plays: 12.34, isPinned: true, segments: [] },
      { id: 'bafyother', plays: 0.5, isPinned: false, segments: [] }
    ]
    const { stdout } = await run(['top'], answers({ 'GET /popular': popular }))
    expect(stdout.split('\n').map(line => line.split(/ {2,}/))).to.deep.equal([
      ['ID', 'TITLE', 'SIZE', 'PLAYS', 'PINNED'],
      [ID, 'A song', '4 kB', '12.3', 'yes'],
      ['bafyother', '0.5'],
      ['']
    ])
    expect((await run(['top'], answers({ 'GET /popular': [] }))).stdout).to.contain('no plays yet')
  })

  it('status tells what the switch of a server does, where it has one', async () => {
    const gate = {
      limit: 20,
      inFlight: 3,
      served: { room: 9, kept: 1, plain: 4, alone: 2 },
      refused: { full: 7, common: 1 }
    }
    const { stdout } = await run(['status'], answers({
      'GET /status': { ...STATUS, role: 'edge', switch: gate }
    }))
    expect(stdout).to.contain('3 of 20 in flight, 8 sent to peers, 6 served past the limit')
    const plain = await run(['status'], answers({ 'GET /status': STATUS }))
    expect(plain.stdout).not.to.contain('switch')
  })

  it('status tells how others come to the daemon', async () => {
    const reached = async (reach: Status['reach']) =>
      (await run(['status'], answers({ 'GET /status': { ...STATUS, reach } }))).stdout
    expect(await reached({ state: 'nat', seenAt: '45.45.1.2', relays: ['12D3r', '12D3s'] }))
      .to.contain('behind NAT, seen at 45.45.1.2; met through 12D3r, 12D3s')
    expect(await reached({ state: 'nat', relays: [] })).to.contain('met through no relay yet')
    expect(await reached({ state: 'direct', relays: [] })).to.contain('others can dial this node')
    expect(await reached({ state: 'unknown', relays: [] })).to.contain('nobody has said yet')
  })

  it('peers tells who is met through a relay only', async () => {
    const { stdout } = await run(['peers'], answers({
      'GET /peers': [{ ...PEER, isRelayed: true }]
    }))
    expect(stdout).to.contain('relayed').and.to.not.contain('1.3 ms')
  })

  it('status tells what the daemon is and where its bytes came from', async () => {
    const { stdout } = await run(['status'], answers({ 'GET /status': STATUS }))
    expect(stdout).to.match(/^node {2,}n \(peer in main, region eu\)$/m)
    expect(stdout).to.match(/^delivered {2,}1 kB: local 0%, peer 75%, edge 25%, origin 0%$/m)
    expect(stdout).to.match(/^servers {2,}edge http:\/\/127\.0\.0\.1:3 2 ms$/m)
  })

  it('peers lists them with their round-trip times', async () => {
    const { stdout } = await run(['peers'], answers({ 'GET /peers': [PEER] }))
    expect(stdout.split('\n')[1]!.split(/ {2,}/))
      .to.deep.equal(['12D3x', 'edge', 'eu', '1.3 ms', '3', '1.5 kB', '0 B'])
  })

  it('peers --ranked lists the best first, with score, its parts and the reason', async () => {
    const terms = { rtt: 0.47, upload: 0.2, reciprocity: 0.125, uptime: 0 }
    const ranked: RankedPeer = {
      ...PEER, score: 0.795, terms, gaveBytes: 12e6, tookBytes: 4e6, why: 'near (1.3 ms)'
    }
    const { stdout } = await run(['peers', '--ranked'], answers({ 'GET /peers/ranked': [ranked] }))
    expect(stdout.split('\n')[1]!.split(/ {2,}/))
      .to.deep.equal(['12D3x', 'edge', '0.80', '0.47', '0.20', '0.13', '0.00', 'near (1.3 ms)'])
    const none = await run(['peers', '--ranked'], answers({ 'GET /peers/ranked': [] }))
    expect(none.stdout).to.contain('no peers yet')
  })

  it('limits shows what may be uploaded, and changes what is given', async () => {
    const report: LimitsReport = {
      uploadBytesPerSecond: 2e6, peersBytesPerSecond: 0, edgesBytesPerSecond: 0,
      perPeerBytesPerSecond: 5e5, parallel: 8, lan: 'exempt', metered: false
    }
    const shown = await run(['limits'], answers({ 'GET /limits': report }))
    expect(shown.stdout).to.match(/^upload {2,}2 MB\/s$/m).and.match(/^per peer {2,}500 kB\/s$/m)
      .and.match(/^peers {2,}unlimited$/m).and.match(/^lan {2,}exempt$/m)
    let sent: unknown
    const argv = ['limits', '--upload', '2MB/s', '--parallel', '8', '--metered', 'on']
    const { code, requests } = await run(argv, async (_path, request) => {
      sent = await request.json()
      return Response.json(report)
    })
    expect({ code, requests }).to.deep.equal({ code: 0, requests: ['PATCH /limits'] })
    expect(sent).to.deep.equal({ rate: '2MB/s', parallel: '8', metered: 'on' })
    const refused = await run(['limits', '--upload', 'fast'], async () =>
      failure('InvalidArgumentError', '"fast" is not a rate', 400))
    expect(refused).to.include({ code: 2, stderr: 'cdn-cli: "fast" is not a rate\n' })
  })

  it('stat tells of a title and of one of its segments', async () => {
    const daemon = answers({ [`GET /titles/${ID}`]: TITLE })
    const title = await run(['stat', ID], daemon)
    expect(title.stdout).to.match(/^providers {2,}12D3x \(dht\)$/m)
      .and.match(/^128k {2,}140 kbit\/s .* 2\/4 /m)
    expect((await run(['stat', `${ID}/128k/0`], daemon)).stdout).to.match(/^blocks {2,}2\/2 held$/m)
    const missing = await run(['stat', `${ID}/128k/9`], daemon)
    expect(missing).to.include({ code: 4, stderr: 'cdn-cli: "A song" has no segment 128k/9\n' })
  })

  const short: Record<string, [string[], string]> = {
    pin: [['pin', ID], `PUT /titles/${ID}/pin`],
    unpin: [['unpin', ID], `DELETE /titles/${ID}/pin`],
    rm: [['rm', ID], `DELETE /titles/${ID}`],
    announce: [['announce', ID], `POST /titles/${ID}/announce`]
  }
  for (const [name, [argv, request]] of Object.entries(short)) {
    it(`${name} makes its call and prints the ID`, async () => {
      const { code, stdout, requests } = await run(argv, answers({ [request]: {} }))
      expect([code, requests]).to.deep.equal([0, [request]])
      expect(stdout).to.contain(ID)
    })
  }

  it('config check prints every setting with its place, and refuses a wrong one', async () => {
    const { code, stdout } = await run(['config', 'check', '--role', 'edge', '--data', '/tmp/x'])
    expect(code).to.equal(0)
    expect(stdout).to.match(/^role {2,}edge {2,}--role$/m)
      .and.match(/^data {2,}\/tmp\/x {2,}--data$/m)
    const wrong = await run(['config', 'check', '--role', 'king'])
    expect(wrong.code).to.equal(2)
    expect(wrong.stderr).to.contain('"king" is not allowed')
  })

  it('version tells the daemon’s too, and does without one', async () => {
    const both = await run(['version', '--json'], answers({ 'GET /health': { version: '9.9.9' } }))
    const { version: node } = process
    expect(JSON.parse(both.stdout)).to.deep.equal({ cdnd: VERSION, node, daemon: '9.9.9' })
    const alone = await run(['version'])
    expect([alone.code, alone.stdout]).to.deep.equal([0,
      `cdnd    ${VERSION}\nnode    ${process.version}\ndaemon  not running\n`])
  })
})

describe('cli/commands, with a file', () => {
  let folder: string
  let file: string

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'cdn-cli-'))
    file = join(folder, 'song.mp3')
    await writeFile(file, 'bytes')
  })
  after(() => rm(folder, { recursive: true, force: true }))

  it('announce has the node keep it, and says who was told', async () => {
    const added = { cid: 'bafk1', size: 5, blocks: [], announced: ['tracker', 'dht'] }
    const { stdout } = await run(['announce', file], answers({ 'POST /segments': added }))
    expect(stdout).to.equal(`announced ${file} (5 B) as bafk1: told tracker, dht\n`)
    const alone = answers({ 'POST /segments': { ...added, announced: [] } })
    expect((await run(['announce', file], alone)).stdout)
      .to.equal(`announced ${file} (5 B) as bafk1: nobody could be told yet, trying on\n`)
  })

  it('publish asks the origin, shows progress and prints the content ID', async () => {
    const lines = [
      { stage: 'transcode', percent: 50 },
      {
        stage: 'done',
        id: ID,
        title: 'Song',
        durationMs: 20_000,
        size: 4000,
        renditions: ['64k', '128k']
      }
    ]
    let body: unknown
    const argv = ['publish', file, '--title', 'Song', '--bitrates', '64k,128k']
    const result = await run(argv, async (path, request) => {
      body = await request.json()
      const text = lines.map(line => JSON.stringify(line)).join('\n')
      return path === '/publish' ? new Response(text) : undefined
    })
    expect(body).to.deep.equal({ path: file, title: 'Song', bitrates: ['64k', '128k'] })
    expect(result).to.deep.include({ code: 0, preferred: 'origin', shares: [0.5] })
    expect(result.stdout).to.equal(`published "Song": 20 s, 4 kB, 64k 128k\n${ID}\n`)
  })

  it('publish says what failed, and that a file is not there', async () => {
    const failed = { stage: 'failed', error: 'InvalidMediaError', message: 'song.mp3 is not media' }
    const media = await run(['publish', file], () => Response.json(failed))
    expect([media.code, media.stderr]).to.deep.equal([7, 'cdn-cli: song.mp3 is not media\n'])
    const none = join(folder, 'none')
    const missing = await run(['publish', none], () => Response.json({}))
    expect([missing.code, missing.stderr]).to.deep.equal([2, `cdn-cli: there is no file ${none}\n`])
    const cut = await run(['publish', file], () => new Response(''))
    expect(cut.code).to.equal(10)
  })
})

describe('cli/cdn-cli', () => {
  it('says what is wrong in one line, without a stack', async () => {
    const answer = failure('UnauthorizedError', 'the token is wrong', 401)
    const { code, stderr } = await run(['ls'], () => answer)
    expect([code, stderr]).to.deep.equal([9, 'cdn-cli: the token is wrong\n'])
  })

  it('shows the stack with --verbose, and JSON with --json', async () => {
    const verbose = await run(['ls', '--verbose'])
    expect(verbose.stderr).to.match(/NoDaemonError: no daemon is running\n {4}at /)
    const json = await run(['ls', '--json'])
    expect([json.code, JSON.parse(json.stderr)])
      .to.deep.equal([3, { error: 'NoDaemonError', message: 'no daemon is running' }])
  })

  it('refuses unknown commands, options and missing arguments with exit code 2', async () => {
    for (const argv of [['nope'], ['ls', '--nope'], ['fetch'], ['pin', 'a', 'b']]) {
      const { code, stderr } = await run(argv)
      expect([argv, code]).to.deep.equal([argv, 2])
      expect(stderr).to.match(/^error: /)
    }
  })

  it('prints help and its version with exit code 0', async () => {
    expect(await run(['--version'])).to.include({ code: 0, stdout: `${VERSION}\n` })
    const { code, stdout } = await run(['--help'])
    expect(code).to.equal(0)
    expect(stdout).to.contain('Exit codes:').and.contain(' 6  what came is not what was asked for')
    expect((await run(['ls', '--help'])).stdout).to.contain('--json')
  })
})
