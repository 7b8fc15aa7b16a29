/**
 * The software switch of an edge or origin. in: settings. out: an admission for exchange and HTTP
 * that serves up to what the machine bears, and sends the rest to live peers.
 */

import type { Config } from '../../daemon/config.ts'
import type { NodeSwitch } from '../../daemon/node-switch.ts'
import { LiveProviders } from './live-providers.ts'
import { type Providers, Switch } from './switch.ts'

/** Finer than Date.now, and it never goes back. */
const preciseClock = (): number => performance.timeOrigin + performance.now()

/**
 * @example
 * const node = await createNode({ config, logger, onShutdown, admission: softwareSwitch(config) })
 */
export function softwareSwitch ({ switch: init }: Pick<Config, 'switch'>): NodeSwitch {
  let live: Providers | undefined
  const providers: Providers = {
    holders: asked => live?.holders(asked) ?? [],
    isHere: asked => live?.isHere(asked) ?? true,
    follow: asked => { live?.follow(asked) }
  }
  const gate = new Switch({ providers, clock: preciseClock, random: Math.random }, init)
  return {
    enter: asked => gate.enter(asked),
    status: () => gate.status(),
    follow: parts => { live = new LiveProviders({ ...parts, clock: preciseClock }) }
  }
}
