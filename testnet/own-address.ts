/**
 * Gives a process an IP address of its own on this machine: what it dials in 127.0.0.0/8 it dials
 * from there. Loaded before the program: `--import file:///…/own-address.ts?127.64.0.1`.
 */

import { Socket } from 'node:net'

interface Dial { host?: string, port?: number, localAddress?: string }
type Connect = (this: Socket, ...args: unknown[]) => Socket

const localAddress = new URL(import.meta.url).search.slice(1)
const dial = Socket.prototype.connect as Connect
const dialFromHere: Connect = function (...args) {
  // Node's own callers hand over one array of what they were called with.
  const list = Array.isArray(args[0]) ? args[0] as unknown[] : args
  // A copy: an HTTP agent knows its connections by the options that it dialled with.
  const [options] = list
  if (isOnThisMachine(options)) {
    list[0] = { ...options, localAddress: options.localAddress ?? localAddress }
  }
  return dial.apply(this, args)
}
Object.assign(Socket.prototype, { connect: dialFromHere })

function isOnThisMachine (options: unknown): options is Dial {
  const { host } = (options ?? {}) as Dial
  return typeof host === 'string' && host.startsWith('127.')
}
