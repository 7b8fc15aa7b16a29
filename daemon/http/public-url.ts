/**
 * Under which URL others reach a gateway. in: the settings and the port it listens on. out: what an
 * edge or origin registers as its HTTP.
 */

import { networkInterfaces } from 'node:os'
import type { Config } from '../config-schema.ts'

const EVERY_ADDRESS = ['0.0.0.0', '::']

/** `publicUrl` as set, else the gateway's host, else the first address of this machine. */
export function publicUrl (config: Pick<Config, 'publicUrl' | 'gateway'>, port: number): string {
  if (config.publicUrl !== undefined) return config.publicUrl
  const { host } = config.gateway
  const name = EVERY_ADDRESS.includes(host) ? ownAddress() : host
  return `http://${name.includes(':') ? `[${name}]` : name}:${port}`
}

function ownAddress (): string {
  const found = Object.values(networkInterfaces()).flat()
    .find(address => address?.family === 'IPv4' && !address.internal)
  return found?.address ?? '127.0.0.1'
}
