import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import type { Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { generateKeyPair } from '@libp2p/crypto/keys'
import type { Stream } from '@libp2p/interface'
import { multiaddr } from '@multiformats/multiaddr'
import { expect } from 'chai'
import type { CID } from 'multiformats/cid'
import { cidOf, DAG_CBOR_CODE, RAW_CODE } from '../../protocols/cid.ts'
import { createHost, type Host } from '../../protocols/host.ts'
import { EXCHANGE_PROTOCOL } from '../../protocols/exchange/index.ts'
import { encodeMessage } from '../../protocols/exchange/message.ts'
import { MAX_FRAME_HEADER_BYTES, MAX_TRACKER_MESSAGE_BYTES } from '../../protocols/limits.ts'
import { sha256 } from '../../protocols/sha256.ts'
import { sealRecord, TRACKER_PROTOCOL } from '../../protocols/tracker/index.ts'
import { sealStatement } from '../../protocols/tracker/statement.ts'
import type { DaemonProcess } from '../../testnet/daemon-process.ts'
import { makeTone } from '../origin/media-files.ts'
import {
  addressesOf, contentOf, gatewayOf, get, getJson, NetworkRig, type Published, servedTitle, until
} from './network-rig.ts'
import { lingering, raw, request, tcpAddressOf, type TcpAddress } from './raw-socket.ts'

const MIB = 1024 * 1024
/** Of each process, over all that is thrown at it here: measured 2–40 MiB. */
const MAX_GROWTH_BYTES = 200 * MIB
const THROWS = 20
const HALF_OPEN = 40
const WANTS = 100_000

const HTTP_REFUSAL = /^$|^HTTP\/1\.1 [45]\d\d /
const MULTISTREAM = '\x13/multistream/1.0.0\n\x07/noise\n'

describe('e2e/garbage', function () {
  this.timeout(60_000)
  let rig: NetworkRig
  let daemons: DaemonProcess[]
  let peer: DaemonProcess
  let bootstrap: DaemonProcess
  let title: Published
  let published: Record<string, string>
  const pids = new Map<DaemonProcess, number | undefined>()
  const memory = new Map<DaemonProcess, number>()
  const halfOpen: Socket[] = []

  before(async () => {
    rig = await NetworkRig.open()
    bootstrap = await rig.start('bootstrap')
    const origin = await rig.start('origin')
    const edge = await rig.start('edge')
    peer = await rig.start('peer')
    daemons = [bootstrap, origin, edge, peer]
    const path = await makeTone(rig.folder, 'tone.flac', 12)
    title = await rig.publish(origin, { path, segment: '2s' })
    published = contentOf(await servedTitle(origin, title))
    await play()
    for (const daemon of daemons) {
      pids.set(daemon, daemon.pid)
      memory.set(daemon, await residentBytes(daemon))
    }
  })
  after(async () => {
    for (const socket of halfOpen) socket.destroy()
    await rig.close()
  })
  // Whatever was done to them.
  afterEach(async () => {
    for (const daemon of daemons) {
      expect(daemon.pid, daemon.name).to.equal(pids.get(daemon))
      expect(await getJson(`${gatewayOf(daemon)}/health`)).to.include({ status: 'ok' })
    }
  })

  const play = async (): Promise<void> => {
    expect(contentOf(await servedTitle(peer, title))).to.deep.equal(published)
  }
  const http = (): TcpAddress[] =>
    daemons.flatMap(({ ready }) => [ready.gateway!, ready.control!].map(tcpAddressOf))
  const libp2p = (): TcpAddress[] => daemons.flatMap(addressesOf).map(tcpAddressOf)
  const unknownCid = async (code: number): Promise<CID> =>
    await cidOf(randomBytes(32), sha256, code)

  it('outlives random bytes at every TCP port', async () => {
    expect([http().length, libp2p().length]).to.deep.equal([8, 4])
    for (const address of [...http(), ...libp2p()]) {
      const answers = await Promise.all(Array.from({ length: THROWS }, async (_, n) =>
        await raw(address, randomBytes(1 + n * n * 50))))
      if (http().some(({ port }) => port === address.port)) {
        for (const answer of answers) expect(answer).to.match(HTTP_REFUSAL)
      }
    }
  })

  it('outlives random bytes where Noise should begin', async () => {
    for (const address of libp2p()) {
      await Promise.all(Array.from({ length: THROWS }, async (_, n) =>
        await raw(address, Buffer.concat([Buffer.from(MULTISTREAM), randomBytes(2 + n * 500)]))))
    }
  })

  it('serves others while connections stay half said', async () => {
    for (const address of http()) {
      const sockets = Array.from({ length: HALF_OPEN }, async () =>
        await lingering(address, 'GET /health HTTP/1.1\r\nx-slow: '))
      halfOpen.push(...await Promise.all(sockets))
    }
    for (const address of libp2p()) {
      const sockets = Array.from({ length: HALF_OPEN }, async () =>
        await lingering(address, '\x13/multi'))
      halfOpen.push(...await Promise.all(sockets))
    }
    await play()
  })

  it('ends a TLS handshake at an HTTP port', async () => {
    for (const { host, port } of http()) {
      const socket = connectTls({ host, port, rejectUnauthorized: false })
      const [err] = await once(socket, 'error') as [NodeJS.ErrnoException]
      expect(err.code).to.match(/^(ERR_SSL_|EPROTO|ECONNRESET)/)
    }
  })

  it('refuses headers of 20 kB and bodies of 10 GB, naming what is too large', async () => {
    for (const address of http()) {
      const headers = await raw(address, request('GET /health HTTP/1.1', { x: 'a'.repeat(20_000) }))
      expect(headers).to.match(/^HTTP\/1\.1 431 /).and.contain('"error":"HeadersTooLargeError"')
      for (const path of ['/segments', '/announce', '/publish', '/health']) {
        const length = { 'content-length': '10737418240' }
        const body = await raw(address, request(`POST ${path} HTTP/1.1`, length))
        expect(body, path).to.match(/^HTTP\/1\.1 4\d\d /).and.contain('"error":"')
      }
    }
  })

  it('refuses what is nearly HTTP', async () => {
    const nearly = [
      'GET /\r\n', 'GET / HTTP/9.9\r\n\r\n', `${'A'.repeat(70_000)}\r\n\r\n`,
      request('CONNECT 127.0.0.1:22 HTTP/1.1'), request('GET http://other.example/ HTTP/1.1'),
      `${request('POST /segments HTTP/1.1', { 'transfer-encoding': 'chunked' })}zz\r\n`,
      request('GET / HTTP/1.1', { 'content-length': '5', 'transfer-encoding': 'chunked' }),
      request('GET /\0 HTTP/1.1'), request('GET / HTTP/1.1', { 'x\0y': 'z' })
    ]
    for (const address of http()) {
      for (const bytes of nearly) expect(await raw(address, bytes)).to.match(HTTP_REFUSAL)
    }
  })

  it('lets no path climb out', async () => {
    const up = ['../', '%2e%2e/', '..%2f', '%2e%2e%2f', '..\\', '%252e%252e%252f', '....//']
    const starts = ['/', '/hls/', '/segments/', '/blocks/', '/content/', '/songs/', '/providers/']
    for (const address of http()) {
      for (const path of starts.flatMap(start => up.map(step => start + step.repeat(8)))) {
        const answer = await raw(address, request(`GET ${path}etc/passwd HTTP/1.1`))
        expect(answer, path).to.match(/^HTTP\/1\.1 4\d\d /).and.contain('"error":"')
        expect(answer).not.to.contain('root:')
      }
    }
  })

  it('answers 400 to what is no CID and 404 to a CID that nobody has', async () => {
    const servers = daemons.filter(({ role }) => role !== 'bootstrap')
    const wrong = ['bafy', `bafyrei${'1'.repeat(52)}`, `Qm${'a'.repeat(44)}`, '%00', '%ff']
    const unknownTitle = await unknownCid(DAG_CBOR_CODE)
    const unknownBlock = await unknownCid(RAW_CODE)
    await Promise.all(servers.map(async daemon => {
      for (const id of wrong) {
        const answer = await get(`${gatewayOf(daemon)}/blocks/${id}`)
        expect([id, answer.status]).to.deep.equal([id, 400])
        expect(await answer.json()).to.have.property('error').that.matches(/^Invalid\w+Error$/)
      }
      for (const path of [
        `hls/${unknownTitle}/master.m3u8`, `segments/${unknownBlock}`, `blocks/${unknownBlock}`,
        `blocks/${unknownBlock}?content=${unknownTitle}`, `hls/${title.id}/128k/9999.m4s`,
        `blocks/${unknownBlock}?content=${title.id}`
      ]) {
        const answer = await get(`${gatewayOf(daemon)}/${path}`)
        const { error, message } = await answer.json()
        expect(error, `${daemon.name} ${path}: ${message}`)
          .to.be.oneOf(['ContentNotFoundError', 'NotInManifestError'])
        expect(answer.status).to.equal(404)
      }
    }))
  })

  it('lets no web page, foreign host or wrong token steer a daemon', async () => {
    for (const daemon of daemons) {
      const address = tcpAddressOf(daemon.ready.control!)
      const token = (await readFile(`${rig.dataOf(daemon)}/control.token`, 'utf8')).trim()
      const authorization = `Bearer ${token}`
      const refused = async (headers: Record<string, string>): Promise<string> =>
        (await raw(address, request('POST /shutdown HTTP/1.1', headers))).split('\r\n')[0]!
      expect(await refused({ authorization, origin: 'https://evil.example' })).to.contain(' 403 ')
      expect(await refused({ authorization, 'sec-fetch-site': 'cross-site' })).to.contain(' 403 ')
      expect(await refused({ authorization, host: 'evil.example' })).to.contain(' 403 ')
      expect(await refused({ authorization: `Bearer ${'0'.repeat(64)}` })).to.contain(' 401 ')
      expect(await refused({})).to.contain(' 401 ')
    }
  })

  describe('on libp2p streams', () => {
    let host: Host
    beforeEach(async () => {
      // A new one each time: they are banned for what they do.
      host = await createHost({
        privateKey: await generateKeyPair('Ed25519'),
        network: 'e2e',
        listen: [],
        dht: 'off',
        isPrivate: true
      })
    })
    afterEach(async () => { await host.stop() })

    const streamTo = async (daemon: DaemonProcess, protocol: string): Promise<Stream> => {
      const connection = await host.dial(addressesOf(daemon).map(address => multiaddr(address)))
      return await connection.newStream(protocol)
    }
    const isOver = (stream: Stream): boolean => stream.status !== 'open'
    const hello = encodeMessage('hello', { network: 'e2e', maxWants: 256 })

    const attacks: Record<string, () => Uint8Array> = {
      'random bytes': () => randomBytes(100_000),
      'a frame that is too long': () => Uint8Array.of(0xff, 0xff, 0xff, 0x7f),
      'a header that is too long': () => Buffer.concat([
        hello.subarray(), Uint8Array.of(0x81, 0x80, 0x04), randomBytes(MAX_FRAME_HEADER_BYTES + 1)
      ]),
      'a greeting from another network': () =>
        encodeMessage('hello', { network: 'other', maxWants: 256 }).subarray(),
      'two greetings': () => Buffer.concat([hello.subarray(), hello.subarray()])
    }
    for (const [name, bytes] of Object.entries(attacks)) {
      it(`resets an exchange stream with ${name}`, async () => {
        for (const daemon of daemons) {
          const stream = await streamTo(daemon, EXCHANGE_PROTOCOL)
          stream.send(bytes())
          await until(() => isOver(stream), `${daemon.name} to reset the stream`)
        }
      })
    }

    it(`bounds ${WANTS} WANTs of one peer`, async () => {
      const cid = (await unknownCid(RAW_CODE)).bytes
      const stream = await streamTo(peer, EXCHANGE_PROTOCOL)
      stream.send(hello)
      for (let id = 1; id <= WANTS && !isOver(stream); id++) {
        const hasRoom = stream.send(encodeMessage('want', { id, cid, size: MIB }))
        // A reset that ends the flood ends this wait too.
        if (!hasRoom) await stream.onDrain({ signal: AbortSignal.timeout(5_000) }).catch(() => {})
      }
      stream.abort(new Error('enough'))
    })

    it('ends a tracker stream with random bytes, or with a message that is too long', async () => {
      const tooLong = Uint8Array.of(0x81, 0x80, 0x80, 0x80, 0x01)
      for (const bytes of [randomBytes(1000), tooLong, randomBytes(MAX_TRACKER_MESSAGE_BYTES)]) {
        const stream = await streamTo(bootstrap, TRACKER_PROTOCOL)
        stream.send(bytes)
        void stream.close()
        await until(() => isOver(stream), 'the tracker to end the stream')
      }
    })
  })

  it('refuses envelopes that are random, forged, stolen or of another network', async () => {
    const ours = await generateKeyPair('Ed25519')
    const victim = await generateKeyPair('Ed25519')
    const now = { seq: Date.now(), issuedAtMs: Date.now() }
    const described = {
      ...now, network: 'e2e', role: 'peer' as const, region: 'eu', addresses: [], rtts: []
    }
    const content = await unknownCid(DAG_CBOR_CODE)
    const told = { ...now, kind: 'announce' as const, titles: [{ content, renditions: [] }] }
    const record = await sealRecord(described, victim)
    const own = { ...told, network: 'e2e', record: await sealRecord(described, ours) }
    const forged = (await sealStatement(own, ours)).slice()
    forged[forged.length - 1]! ^= 1
    const envelopes: Array<[Uint8Array, number, string?]> = [
      [randomBytes(500), 400],
      [new Uint8Array(), 400],
      [randomBytes(65_000), 400],
      [randomBytes(200_000), 413],
      [forged, 403, 'signature'],
      [await sealStatement({ ...told, network: 'e2e', record }, ours), 403, 'signer'],
      [await sealStatement({ ...own, network: 'other' }, ours), 403, 'network']
    ]
    for (const [envelope, status, reason] of envelopes) {
      const answer = await get(`${gatewayOf(bootstrap)}/announce`, {
        method: 'POST',
        body: new Uint8Array(envelope),
        headers: { 'content-type': 'application/vnd.ipld.dag-cbor' }
      })
      const body = await answer.json()
      expect([status, reason ?? body.reason]).to.deep.equal([answer.status, body.reason])
      expect(body).to.include.keys('error', 'message')
    }
    expect(await rig.providersOf(`${content}`)).to.deep.equal([])
  })

  describe('and then', () => {
    it('plays as before afterwards, with memory bounded', async () => {
      await play()
      for (const daemon of daemons) {
        const grown = await residentBytes(daemon) - memory.get(daemon)!
        console.log(`        ${daemon.name} grew by ${Math.round(grown / MIB)} MiB`)
        expect(grown, daemon.name).to.be.below(MAX_GROWTH_BYTES)
      }
    })
  })
})

/** Linux only, as is what CI runs on. */
async function residentBytes ({ pid }: DaemonProcess): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8')
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)![1]) * 1024
}
