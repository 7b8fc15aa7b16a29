/**
 * A peer that misbehaves: it fetches and tells of what it holds as others do, and does to them
 * what it is told to.
 * in: its conduct as JSON, and the arguments of `cdnd peer`. out: the same ready line.
 */

import { loadConfig } from '../daemon/config.ts'
import { componentLogger } from '../daemon/log.ts'
import { createNode } from '../daemon/node.ts'
import type { Conduct } from './conduct.ts'
import { Misconduct } from './misconduct.ts'
import { roleParts } from './role-parts.ts'

const [, , conduct = '{}', role = 'peer', , file] = process.argv
const ends = Promise.withResolvers<void>()
const end = (): void => { ends.resolve() }
process.on('SIGTERM', end).on('SIGINT', end).on('disconnect', end)
// Whoever started us may be gone before we came this far.
if (!process.connected) end()

const { config } = loadConfig({ flags: { role }, ...(file != null && { file }) })
const logger = componentLogger(config.log)
const { components } = new Misconduct(JSON.parse(conduct) as Conduct)
const node = await createNode({
  config, logger, onShutdown: end, ...roleParts(config, logger), ...components
})
await node.start()
const { host, gateway, control } = node
const p2p = host.getMultiaddrs().map(String).join(',')
const urls = `gateway=${gateway.url()} control=${control.url()} p2p=${p2p}`
process.stdout.write(`cdnd ${config.role} ready peer=${host.peerId} ${urls}\n`)
await ends.promise
await node.stop()
process.exit()
