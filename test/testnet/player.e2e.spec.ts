/**
 * The player against a server that serves as it is told to.
 */

import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect } from 'chai'
import { mediaFiles, play, type Play, type PlayOptions } from '../../testnet/player.ts'
import { PlayerHttp } from '../../testnet/player-http.ts'

const SEGMENT_MS = 200
const NAMES = ['init.mp4', '0.m4s', '1.m4s', '2.m4s', '3.m4s', '4.m4s', '5.m4s']
const MEDIA = NAMES.slice(1)
const OPENING = ['master.m3u8', 'index.m3u8']
const bodyOf = (name: string): string => `the bytes of ${name}`
const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex')
const expected = new Map(NAMES.map(name => [name, sha256(bodyOf(name))]))
const ALL_BYTES = NAMES.reduce((sum, name) => sum + bodyOf(name).length, 0)

const playlist = (names = MEDIA): string => [
  '#EXTM3U', '#EXT-X-VERSION:7', '#EXT-X-TARGETDURATION:1', '#EXT-X-MAP:URI="init.mp4"',
  ...names.flatMap(name => [`#EXTINF:${SEGMENT_MS / 1000},`, name]), '#EXT-X-ENDLIST', ''
].join('\n')

type Serve = (name: string, answer: ServerResponse) => void

describe('testnet/player', () => {
  let server: Server
  let serve: Serve
  const served: Array<{ name: string, atMs: number }> = []
  const usual: Serve = (name, answer) => {
    answer.end(name === 'index.m3u8' ? playlist() : bodyOf(name))
  }

  before(async () => {
    server = createServer((request, answer) => {
      const name = request.url!.split('/').at(-1)!
      served.push({ name, atMs: performance.now() })
      serve(name, answer)
    }).listen(0, '127.0.0.1')
    await once(server, 'listening')
  })
  after(() => { server.closeAllConnections() ; server.close() })
  beforeEach(() => {
    serve = usual
    served.length = 0
  })

  const gateway = () => `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const played = async (more: Partial<PlayOptions> = {}): Promise<Play> => await play({
    gateway: gateway(), content: 'bafy', rendition: '128k', expected, speed: 4, ...more
  })
  const late = (what: string, ms: number): Serve => (name, answer) => {
    if (name === what) setTimeout(() => usual(name, answer), ms)
    else usual(name, answer)
  }

  it('plays every file once, in order, and checks every byte', async () => {
    const { startUpMs, firstSegmentMs, opening, ...report } = await played()
    expect(report).to.deep.equal({
      stalls: 0,
      stalledMs: 0,
      segments: 6,
      missing: 0,
      bytes: ALL_BYTES,
      verifiedBytes: ALL_BYTES,
      files: NAMES,
      startedFrom: {},
      fromPeers: []
    })
    expect(served.map(({ name }) => name)).to.deep.equal([...OPENING, ...NAMES])
    expect(opening.map(({ file }) => file)).to.deep.equal([...OPENING, 'init.mp4', '0.m4s'])
    expect(firstSegmentMs).to.be.greaterThan(0)
    expect(startUpMs).to.be.greaterThan(firstSegmentMs)
  })

  it('goes elsewhere when it is told to, and says how soon it played there', async () => {
    serve = late('4.m4s', 150)
    const seek = { atMs: SEGMENT_MS / 2, toMs: 4.5 * SEGMENT_MS }
    const { files, seekMs, stalls, missing } = await played({ bufferMs: 0, seek })
    expect(files).to.deep.equal(['init.mp4', '0.m4s', '4.m4s', '5.m4s'])
    expect(seekMs).to.be.within(140, 400)
    expect([stalls, missing]).to.deep.equal([0, 0])
  })

  it('goes back as well, to the end of what it leaves later', async () => {
    const seek = { atMs: 2.5 * SEGMENT_MS, toMs: 0 }
    const { files } = await played({ bufferMs: 0, seek, leaveAtMs: 1.5 * SEGMENT_MS })
    expect(files.filter(name => name === '0.m4s')).to.have.length(2)
    expect(files).not.to.include('5.m4s')
  })

  it('keeps its connection, also for the next title where it was given one', async () => {
    const connections = new Set<unknown>()
    server.on('connection', socket => { connections.add(socket) })
    const http = new PlayerHttp()
    for (let i = 0; i < 2; i++) await played({ http })
    expect(connections.size).to.equal(1)
    http.close()
    await played()
    expect(connections.size).to.equal(2)
  })

  it('starts with a second of a longer segment, before the rest of it is there', async () => {
    serve = (name, answer) => {
      if (name === 'index.m3u8') {
        answer.end(playlist(['0.m4s']).replace('INF:0.2', 'INF:10').replace('ION:1', 'ION:10'))
      } else if (name === '0.m4s') {
        answer.writeHead(200, { 'content-length': bodyOf(name).length }).write('the by')
        setTimeout(() => { answer.end(bodyOf(name).slice(6)) }, 300)
      } else {
        usual(name, answer)
      }
    }
    const short = new Map([...expected].slice(0, 2))
    const { startUpMs, firstSegmentMs, stalls } = await played({ expected: short, speed: 1 })
    expect(firstSegmentMs - startUpMs).to.be.within(250, 2000)
    expect(stalls).to.equal(0)
  })

  it('says where the bytes it started from came from, and of no others', async () => {
    serve = (name, answer) => {
      answer.setHeader('cdnd-sources', name === '1.m4s' ? 'peer=7' : 'edge=3,local=1')
      answer.setHeader('cdnd-path', 'a,b%2Fc')
      usual(name, answer)
    }
    const { startedFrom, fromPeers } = await played()
    expect(startedFrom).to.deep.equal({ edge: 6, local: 2 })
    expect(fromPeers.map(({ peer }) => peer)).to.deep.equal(['b/c'])
    expect(fromPeers[0]!.ms).to.be.within(0, 1000)
  })

  it('goes where the listener goes, with no more asked for than was to be kept ahead', async () => {
    const startMs = performance.now()
    const { segments } = await played({ leaveAtMs: 1000, bufferMs: 0 })
    expect(segments).to.equal(5)
    expect(performance.now() - startMs).to.be.within(249, 2000)
  })

  it('starts once a second of media is there, not before', async () => {
    serve = late('4.m4s', 150)
    expect((await played()).startUpMs).to.be.within(150, 2000)
    serve = late('5.m4s', 1500)
    expect((await played({ bufferMs: 10_000 })).startUpMs).to.be.lessThan(1500)
  })

  it('starts with what there is of a title shorter than a second', async () => {
    serve = (name, answer) => {
      name === 'index.m3u8' ? answer.end(playlist(['0.m4s'])) : usual(name, answer)
    }
    const short = new Map([...expected].slice(0, 2))
    const { startUpMs, segments } = await played({ expected: short })
    expect([Number.isNaN(startUpMs), segments]).to.deep.equal([false, 1])
  })

  it('asks for no more than is to be kept ahead of the playhead', async () => {
    await played({ bufferMs: 500, speed: 1 })
    const atMs = (what: string) => served.find(({ name }) => name === what)!.atMs
    // Playback starts with 1,000 ms there; the sixth is asked for when 500 of them are left.
    expect(atMs('5.m4s') - atMs('4.m4s')).to.be.within(450, 2000)
  })

  it('sees a stall when a segment comes after the playhead', async () => {
    serve = late('5.m4s', 600)
    const { stalls, stalledMs } = await played()
    // 1,000 ms at 4 × last 250 ms.
    expect([stalls, stalledMs > 250, stalledMs < 2000]).to.deep.equal([1, true, true])
  })

  it('does not call a slow start a stall', async () => {
    serve = late('0.m4s', 300)
    expect((await played()).stalls).to.equal(0)
  })

  it('counts a wrong byte, wherever it is', async () => {
    serve = (name, answer) => {
      name === '2.m4s' ? answer.end(bodyOf(name).replace('bytes', 'bytez')) : usual(name, answer)
    }
    const { bytes, verifiedBytes, missing } = await played()
    expect([bytes - verifiedBytes, missing]).to.deep.equal([bodyOf('2.m4s').length, 0])
  })

  const ways: Array<{ way: string, why: RegExp, answerIt: Serve }> = [
    {
      way: 'is refused',
      why: /^3\.m4s answered 404: \{"error":"x"\}$/,
      answerIt: (_name, answer) => { answer.writeHead(404).end('{"error":"x"}') }
    },
    {
      way: 'is cut short',
      why: /^3\.m4s did not come: aborted$/,
      answerIt: (_name, answer) => {
        answer.writeHead(200, { 'content-length': 1000 }).write('the')
        setTimeout(() => answer.destroy(), 20)
      }
    },
    { way: 'does not come in time', why: /^3\.m4s did not come: .*timeout/, answerIt: () => {} }
  ]
  for (const { way, why, answerIt } of ways) {
    it(`misses a segment that ${way}, says why, and plays on`, async () => {
      serve = (name, answer) => name === '3.m4s' ? answerIt(name, answer) : usual(name, answer)
      const play = await played({ requestTimeoutMs: 300 })
      const { missing, segments, bytes, verifiedBytes, firstMissing } = play
      expect([missing, segments, bytes - verifiedBytes]).to.deep.equal([1, 5, 0])
      expect(firstMissing).to.match(why)
    })
  }

  it('misses a segment that the playlist leaves out', async () => {
    serve = (name, answer) => {
      name === 'index.m3u8' ? answer.end(playlist(MEDIA.slice(0, 5))) : usual(name, answer)
    }
    expect(await played()).to.include({
      missing: 1, segments: 5, firstMissing: '128k/index.m3u8 has not all files'
    })
  })

  it('plays only what is expected of it', async () => {
    const begin = new Map([...expected].slice(0, 3))
    expect(await played({ expected: begin })).to.include({ missing: 0, segments: 2 })
    expect(served.map(({ name }) => name)).to.deep.equal([...OPENING, ...NAMES.slice(0, 3)])
  })

  it('rejects when the title cannot be opened, with what the gateway said', async () => {
    serve = (_name, answer) => { answer.writeHead(504).end('nobody has it') }
    const err = await played().catch((err: Error) => err.message)
    expect(err).to.match(/master\.m3u8 answered 504: nobody has it$/)
  })

  it('ends at once when the run is interrupted', async () => {
    serve = (name, answer) => { if (name !== '1.m4s') usual(name, answer) }
    const ends = new AbortController()
    const err = played({ signal: ends.signal }).catch((err: Error) => err.message)
    setTimeout(() => ends.abort(new Error('interrupted')), 50)
    expect(await err).to.equal('interrupted')
  })

  it('reads a playlist as a list of files, the init section first', async () => {
    const files = await mediaFiles(`${gateway()}/index.m3u8`)
    expect(files).to.deep.equal(
      NAMES.map(name => ({ name, durationMs: name === 'init.mp4' ? 0 : SEGMENT_MS })))
  })
})
