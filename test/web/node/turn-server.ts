/**
 * coturn on this machine. in: a secret. out: its URL, and a way to end it.
 */

import { type ChildProcess, spawn } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { networkInterfaces } from 'node:os'

export interface TurnServer {
  /** `turn:host:port?transport=udp` */
  url: string
  /** What it said so far. */
  log (): string
  stop (): Promise<void>
}

/** A browser gathers no candidates on loopback. */
export function ownIp (): string {
  const addresses = Object.values(networkInterfaces()).flatMap(all => all ?? [])
  return addresses.find(({ family, internal }) => family === 'IPv4' && !internal)?.address ??
    '127.0.0.1'
}

export async function startTurnServer (secret: string): Promise<TurnServer> {
  const ip = ownIp()
  const port = await freePort(ip)
  const child = spawn('turnserver', [
    '-n', '--use-auth-secret', `--static-auth-secret=${secret}`, '--realm=cdnd',
    `--listening-ip=${ip}`, `--relay-ip=${ip}`, `--listening-port=${port}`, '--no-tls', '--no-dtls',
    '--no-cli', '--allow-loopback-peers', '--log-file=stdout', '--pidfile=', '--verbose'
  ], { stdio: ['ignore', 'pipe', 'pipe'] })
  let said = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => { said = `${said}${chunk}`.slice(-1_000_000) })
  }
  await listening(child, () => said)
  return {
    url: `turn:${ip}:${port}?transport=udp`,
    log: () => said,
    stop: async () => {
      if (child.exitCode != null) return
      child.kill()
      await once(child, 'exit')
    }
  }
}

async function listening (child: ChildProcess, said: () => string): Promise<void> {
  const ended = once(child, 'exit').then(() => { throw new Error(`turnserver ended: ${said()}`) })
  const opened = (async () => {
    while (!/listener opened on/i.test(said())) await once(child.stdout!, 'data')
  })()
  await Promise.race([opened, ended])
  ended.catch(() => {}) // It ends when the test does.
}

async function freePort (ip: string): Promise<number> {
  const socket = createSocket('udp4')
  socket.bind(0, ip)
  await once(socket, 'listening')
  const { port } = socket.address()
  socket.close()
  return port
}
