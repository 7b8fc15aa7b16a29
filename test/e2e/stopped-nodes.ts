/**
 * A process of its own for dialled-after-stop.e2e.spec.ts, since it may crash.
 * in: a folder. out: nothing, unless something is wrong.
 *
 * Nodes listen on webrtc-direct one after the other and are stopped, so that later ones find the
 * memory of those before, and what nobody holds is collected. Then each of their ports gets what a
 * dialer sends first.
 */

import { createSocket } from 'node:dgram'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { startRole } from '../../cli/start-role.ts'
import { loadConfig } from '../../daemon/config.ts'

const NODES = 6
const DIALS = 20
/** A dialer asks again and again. */
const PACE_MS = 10
const MAGIC_COOKIE = 0x2112a442

const [folder = ''] = process.argv.slice(2)
const signal = new AbortController().signal
const ports: number[] = []
for (let i = 0; i < NODES; i++) {
  const { config } = loadConfig({
    flags: {
      role: 'peer',
      data: join(folder, String(i)),
      listen: ['/ip4/127.0.0.1/udp/0/webrtc-direct'],
      'gateway.port': 0,
      'control.port': 0,
      'log.level': 'error'
    }
  })
  const node = await startRole(config, { signal, files: [], ownsProcess: true })
  const [, port] = /\/udp\/(\d+)\//.exec(node.ready.p2p ?? '')!
  ports.push(Number(port))
  await node.stop()
}

setFlagsFromString('--expose-gc')
runInNewContext('gc')()

const socket = createSocket('udp4')
for (let i = 0; i < DIALS; i++) {
  const request = bindingRequest(`own:libp2p+webrtc+v1/${'a'.repeat(i + 1)}`)
  await Promise.all(ports.map(port => new Promise(sent => {
    socket.send(request, port, '127.0.0.1', sent)
  })))
  await sleep(PACE_MS)
}
process.exit(0)

/** With a user name and an integrity that nobody looks at: RFC 8489, sections 5 and 14. */
function bindingRequest (user: string): Buffer {
  const attributes = Buffer.concat([
    attribute(0x0006, Buffer.from(user)), attribute(0x0008, Buffer.alloc(20))
  ])
  const header = Buffer.alloc(20)
  header.writeUInt16BE(1)
  header.writeUInt16BE(attributes.length, 2)
  header.writeUInt32BE(MAGIC_COOKIE, 4)
  return Buffer.concat([header, attributes])
}

function attribute (type: number, value: Buffer): Buffer {
  const head = Buffer.alloc(4)
  head.writeUInt16BE(type)
  head.writeUInt16BE(value.length, 2)
  return Buffer.concat([head, value, Buffer.alloc(-value.length & 3)])
}
