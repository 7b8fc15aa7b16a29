/**
 * What a role adds to a node: as the daemon's own command has it, for nodes that share a process.
 */

import type { ComponentLogger } from '@libp2p/interface'
import { bootstrapServices } from '../bootstrap/bootstrap-services.ts'
import type { Config } from '../daemon/config.ts'
import type { NodeComponents } from '../daemon/node.ts'
import { openPublishing } from '../origin/publishing.ts'
import { softwareSwitch } from '../origin/switch/index.ts'

type Parts = Pick<NodeComponents, 'publisher' | 'services' | 'admission'>

export function roleParts (config: Config, logger: ComponentLogger): Parts {
  if (config.role === 'peer') return {}
  if (config.role === 'bootstrap') return { services: bootstrapServices(config, logger) }
  const admission = config.switch.enabled ? { admission: softwareSwitch(config) } : {}
  if (config.role === 'edge') return admission
  return { ...admission, publisher: parts => openPublishing(config, parts) }
}
