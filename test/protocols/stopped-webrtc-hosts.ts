/**
 * A process of its own for left-listening.e2e.spec.ts, since it may crash.
 * out: a line with what the stopped hosts logged as errors once they had been dialled.
 *
 * Hosts listen on webrtc-direct one after the other and are stopped, so that later ones find the
 * memory of those before, and what nobody holds is collected. Then each of their ports gets what a
 * dialer sends first.
 */

import { createSocket } from 'node:dgram'
import { setTimeout as sleep } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { noise } from '@libp2p/noise'
import { defaultLogger } from '@libp2p/logger'
import { createLibp2p } from 'libp2p'
import { listeningWebRtc } from '../../protocols/listening-webrtc.ts'

const HOSTS = 6
const DIALS = 20
/** A dialer asks again and again. */
const PACE_MS = 10
const MAGIC_COOKIE = 0x2112a442

const errors: string[] = []
const logger = {
  forComponent: (name: string) => Object.assign(defaultLogger().forComponent(name), {
    error: (text: string) => { errors.push(`${name} ${text}`) }
  })
}

const ports: number[] = []
for (let i = 0; i < HOSTS; i++) {
  const host = await createLibp2p({
    addresses: { listen: ['/ip4/127.0.0.1/udp/0/webrtc-direct'] },
    transports: [listeningWebRtc({ ownsProcess: true })],
    connectionEncrypters: [noise()],
    logger
  })
  const [, port] = /\/udp\/(\d+)\//.exec(String(host.getMultiaddrs()))!
  ports.push(Number(port))
  await host.stop()
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
process.stdout.write(JSON.stringify(errors))
process.exit(0)

/** With a user name and an integrity that nobody looks at: RFC 8489, section 5 and 14. */
function bindingRequest (user: string): Buffer {
  const attributes = Buffer.concat([attribute(0x0006, Buffer.from(user)),
    attribute(0x0008, Buffer.alloc(20))])
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
