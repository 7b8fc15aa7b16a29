/**
 * The emulated network as a process, and a process with an address of its own.
 */

import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { promisify } from 'node:util'
import { expect } from 'chai'
import { LinkProcess } from '../../testnet/link-process.ts'

const OWN_ADDRESS = new URL('../../testnet/own-address.ts?127.77.0.9', import.meta.url)

/** What a process with an address of its own says when it runs `code`. */
async function say (code: string): Promise<string> {
  const args = ['--import', `${OWN_ADDRESS}`, '--input-type=module', '--eval', code]
  return (await promisify(execFile)(process.execPath, args)).stdout.trim()
}

describe('testnet/link-process', () => {
  it('passes connections on, and ends with whoever started it', async () => {
    const server = createServer(socket => { socket.end(socket.remoteAddress ?? '') })
      .listen(0, '127.0.0.1')
    await once(server, 'listening')
    const links = new LinkProcess({ delayMs: 1 })
    await links.start()
    await links.addHost('127.77.0.9', { uploadBytesPerSecond: 1e6 })
    const { port } = server.address() as AddressInfo
    const through = await links.forward({ host: '127.0.0.1', port })
    expect(await say(`
      import { connect } from 'node:net'
      connect(${through.port}, '${through.host}').on('data', data => console.log(String(data)))
    `)).to.equal('127.0.0.1')
    server.close()
    await links.stop()
    const err = await links.forward(through).catch((err: Error) => err.message)
    expect(err).to.equal('the link process failed: it does not run')
  })

  it('has what a process dials come from its own address, also by fetch', async () => {
    const seen = await say(`
      import { createServer } from 'node:http'
      import { connect } from 'node:net'
      const server = createServer((request, answer) => answer.end(request.socket.remoteAddress))
      server.listen(0, '127.0.0.1', async () => {
        const { port } = server.address()
        const fetched = await (await fetch('http://127.0.0.1:' + port)).text()
        server.on('connection', socket => {
          console.log(fetched, socket.remoteAddress)
          process.exit()
        })
        connect({ host: '127.0.0.1', port })
      })
    `)
    expect(seen).to.equal('127.77.0.9 127.77.0.9')
  })

  it('leaves an HTTP agent its connections to use again', async () => {
    const seen = await say(`
      import { Agent, createServer, get } from 'node:http'
      const server = createServer((_request, answer) => answer.end())
      const agent = new Agent({ keepAlive: true, maxSockets: 1 })
      const ask = port => new Promise(resolve => {
        const request = get({ host: '127.0.0.1', port, agent }, answer => {
          answer.resume().on('close', () => resolve(request.reusedSocket))
        })
      })
      server.listen(0, '127.0.0.1', async () => {
        const { port } = server.address()
        console.log(await ask(port), await ask(port))
        process.exit()
      })
    `)
    expect(seen).to.equal('false true')
  }).timeout(5_000)
})
