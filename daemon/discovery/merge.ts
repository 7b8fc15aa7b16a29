/**
 * All sources of providers as one: asked side by side, answers passed on as they come.
 * in: sources, each as slow or broken as it likes.
 * out: every peer once, as soon as the first source tells of it.
 */

import type { CID } from 'multiformats/cid'
import type { Provider, ProviderSource } from './types.ts'
import { untilAborted } from './until-aborted.ts'

/** Peers told of in one search, so that a source that never ends fills no memory. */
const MAX_FOUND = 1024

export function mergeSources (sources: ProviderSource[]): Pick<ProviderSource, 'find'> {
  return {
    find: (content, { signal }) => merge(sources, content, signal)
  }
}

async function * merge (
  sources: ProviderSource[], content: CID, outer: AbortSignal
): AsyncGenerator<Provider> {
  const lifetime = new AbortController()
  const signal = AbortSignal.any([outer, lifetime.signal])
  const answers = sources.map(source => untilAborted(source.find(content, { signal }), signal))
  const pending = new Map(answers.map(answer => [answer, next(answer)]))
  const found = new Set<string>()
  try {
    while (pending.size > 0 && found.size < MAX_FOUND) {
      const { answer, provider } = await Promise.race(pending.values())
      if (provider == null) {
        pending.delete(answer)
        continue
      }
      pending.set(answer, next(answer))
      if (!found.has(provider.peer.toString())) {
        found.add(provider.peer.toString())
        yield provider
      }
    }
  } finally {
    lifetime.abort()
  }
}

interface Next { answer: AsyncGenerator<Provider>, provider?: Provider }

/** A source says itself what went wrong with it; to the others it has merely ended. */
async function next (answer: AsyncGenerator<Provider>): Promise<Next> {
  try {
    const { value, done } = await answer.next()
    return done === true ? { answer } : { answer, provider: value }
  } catch {
    return { answer }
  }
}
