/**
 * A peer that spoils: it fetches and tells of what it holds as others do, and alters every block it
 * sends. in: the arguments of `cdnd peer`. out: the same ready line.
 */

import { loadConfig } from '../daemon/config.ts'
import { componentLogger } from '../daemon/log.ts'
import { createNode } from '../daemon/node.ts'
import { spoiling } from './spoiling.ts'

const [, , role = 'peer', , file] = process.argv
const ends = Promise.withResolvers<void>()
const end = (): void => { ends.resolve() }
process.on('SIGTERM', end).on('SIGINT', end).on('disconnect', end)
// Whoever started us may be gone before we came this far.
if (!process.connected) end()

const { config } = loadConfig({ flags: { role }, ...(file != null && { file }) })
const logger = componentLogger(config.log)
const node = await createNode({ config, logger, onShutdown: end, inventory: spoiling })
await node.start()
const { peerId } = node.host
const urls = `gateway=${node.gateway.url()} control=${node.control.url()}`
process.stdout.write(`cdnd ${role} ready peer=${peerId} ${urls}\n`)
await ends.promise
await node.stop()
process.exit()
