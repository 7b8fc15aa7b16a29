/**
 * Fetching a whole title, from a server that serves as it is told to.
 */

import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect } from 'chai'
import { download } from '../../../bench/rig/download.ts'
import type { MadeTitle } from '../../../testnet/workload/made-titles.ts'

const NAMES = ['init.mp4', ...Array.from({ length: 9 }, (_, i) => `${i}.m4s`)]
const bodyOf = (name: string): string => name.repeat(100)
const title: MadeTitle = {
  name: 'a',
  id: 'bafy',
  rendition: '128k',
  durationMs: 90_000,
  size: 0,
  files: NAMES.map(name => ({
    name,
    durationMs: name === 'init.mp4' ? 0 : 10_000,
    size: bodyOf(name).length,
    sha256: createHash('sha256').update(bodyOf(name)).digest('hex')
  }))
}

describe('bench/rig/download', () => {
  let server: Server
  let asked: string[]
  let serve: (name: string, answer: ServerResponse) => void
  before(async () => {
    server = createServer(({ url }, answer) => {
      const name = url!.split('/').at(-1)!
      asked.push(name)
      answer.setHeader('cdnd-sources', name === '0.m4s' ? 'edge=9,peer=1' : 'local=1')
      serve(name, answer)
    }).listen(0, '127.0.0.1')
    await once(server, 'listening')
  })
  after(() => { server.closeAllConnections() ; server.close() })
  beforeEach(() => {
    asked = []
    serve = (name, answer) => { answer.end(bodyOf(name)) }
  })
  const run = () => download(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, title, {
    signal: new AbortController().signal
  })

  it('opens the title as players do, then fetches each file once, some at a time', async () => {
    let atOnce = 0
    let most = 0
    serve = (name, answer) => {
      most = Math.max(most, ++atOnce)
      setTimeout(() => { atOnce-- ; answer.end(bodyOf(name)) }, 10)
    }
    const { startUpMs, wholeMs, failed, startedFrom } = await run()
    expect(asked.slice(0, 4)).to.deep.equal(['master.m3u8', 'index.m3u8', 'init.mp4', '0.m4s'])
    expect(asked.slice(2).sort()).to.deep.equal(NAMES.toSorted())
    expect(most).to.equal(4)
    expect([failed, [...startedFrom]]).to.deep.equal([0, ['local', 'edge', 'peer']])
    expect(wholeMs).to.be.greaterThan(startUpMs)
  })

  it('counts files that do not come, or come wrong', async () => {
    serve = (name, answer) => {
      if (name === '3.m4s') answer.writeHead(504)
      answer.end(bodyOf(name === '4.m4s' ? '5.m4s' : name))
    }
    const { failed, wholeMs } = await run()
    expect([failed, wholeMs]).to.deep.equal([2, Number.NaN])
  })

  it('counts all files of a title that does not open', async () => {
    serve = (_name, answer) => { answer.writeHead(504).end() }
    const { failed, startUpMs } = await run()
    expect([failed, startUpMs]).to.deep.equal([NAMES.length, Number.NaN])
    expect(asked).to.deep.equal(['master.m3u8'])
  })
})
