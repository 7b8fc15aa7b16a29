/**
 * Stand-ins for discovery tests: providers, sources that play a script, a silent log.
 */

import type { Logger, PeerId } from '@libp2p/interface'
import { multiaddr } from '@multiformats/multiaddr'
import type { CID } from 'multiformats/cid'
import type { Provider, ProviderSource } from '../../../daemon/discovery/index.ts'
import { testNode } from '../../protocols/tracker/nodes.ts'

/** Says nothing. */
export const log = Object.assign(
  () => {}, { error () {}, trace () {}, enabled: false }
) as unknown as Logger

export const peers: PeerId[] = await Promise.all(
  Array.from({ length: 12 }, async (_, i) => (await testNode(100 + i)).peer))

export const provider = (index: number, via: Provider['via'] = 'dht'): Provider =>
  ({ peer: peers[index]!, addresses: [multiaddr('/ip4/127.0.0.1/tcp/1')], via })

export type Step = { wait: number } | { give: number } | { fail: true } | { hang: true }

/** Plays steps; `wait` counts turns, so that the order of sources is decided and no time passes. */
export class ScriptedSource implements ProviderSource {
  readonly name: Provider['via']
  readonly #steps: Step[]
  signal: AbortSignal | undefined

  constructor (steps: Step[], name: Provider['via'] = 'dht') {
    this.name = name
    this.#steps = steps
  }

  async * find (_: CID, { signal }: { signal: AbortSignal }): AsyncGenerator<Provider> {
    this.signal = signal
    for (const step of this.#steps) {
      if ('wait' in step) {
        for (let i = 0; i < step.wait; i++) {
          await Promise.resolve()
        }
      } else if ('give' in step) {
        yield provider(step.give, this.name)
      } else if ('fail' in step) {
        throw new Error('a source broke')
      } else {
        await new Promise(() => {})
      }
    }
  }
}

export async function collect<T> (items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = []
  for await (const item of items) {
    all.push(item)
  }
  return all
}
