/**
 * TCP without manners, for tests.
 * in: an address and bytes of any kind. out: what came back until the other end closed.
 */

import { connect, type Socket } from 'node:net'

const PATIENCE_MS = 5_000

export interface TcpAddress { host: string, port: number }

/** Of a URL or a multiaddr with TCP. */
export function tcpAddressOf (text: string): TcpAddress {
  const [, host, port] = /^\/ip4\/([^/]+)\/tcp\/(\d+)/.exec(text) ?? []
  if (host !== undefined) return { host, port: Number(port) }
  const { hostname, port: urlPort } = new URL(text)
  return { host: hostname, port: Number(urlPort) }
}

/** Sends the bytes and says no more; all that comes back, as Latin-1. */
export async function raw (address: TcpAddress, bytes: string | Uint8Array): Promise<string> {
  const socket = open(address)
  let answer = ''
  socket.on('data', chunk => { answer += chunk.toString('latin1') })
  socket.end(bytes)
  await closed(socket)
  return answer
}

/** Sends the bytes and stays, saying nothing more. */
export async function lingering (
  address: TcpAddress, bytes: string | Uint8Array
): Promise<Socket> {
  const socket = open(address)
  await new Promise(resolve => { socket.write(bytes, resolve) })
  return socket
}

/** A request as it stands, with its `connection: close`. */
export function request (line: string, headers: Record<string, string> = {}): string {
  const all = { host: '127.0.0.1', connection: 'close', ...headers }
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}`)
  return [line, ...lines, '', ''].join('\r\n')
}

function open (address: TcpAddress): Socket {
  const socket = connect(address)
  socket.on('error', () => {}) // A reset ends it as well as a close.
  return socket
}

async function closed (socket: Socket): Promise<void> {
  if (socket.closed) return
  const timer = setTimeout(() => { socket.destroy() }, PATIENCE_MS)
  await new Promise(resolve => { socket.once('close', resolve) })
  clearTimeout(timer)
}
