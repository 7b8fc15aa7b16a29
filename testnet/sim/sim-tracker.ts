/**
 * A bootstrap's tracker without signatures: who has a title, and who is about to.
 * in: nodes that say what they hold, or ask. out: whom the real tracker would hand out.
 */

import type { CID } from 'multiformats/cid'
import { Audience } from '../../bootstrap/audience.ts'
import { handout } from '../../bootstrap/handout.ts'
import { type Sketch, type Sketched, sketchOf } from '../../bootstrap/sketch.ts'
import { MAX_CANDIDATES } from '../../bootstrap/store-limits.ts'
import { type Member, TitleHolders } from '../../bootstrap/title-holders.ts'
import type { Provider, ProviderSource } from '../../daemon/discovery/index.ts'
import type { Random } from '../../protocols/clock.ts'
import { MAX_PROVIDERS } from '../../protocols/limits.ts'
import { LOOKUP_MS, RECORD_MS } from './costs.ts'
import { type Processor, worked } from './processor.ts'
import { titleKey } from './title-key.ts'
import type { Site, Wire } from './wire.ts'

/** What a node says of itself to the tracker. */
export interface Registered extends Omit<Sketched, 'region'>, Site {
  readonly processor?: Processor | undefined
}

interface Known { record: Registered, sketch: Sketch }
type Holder = Known & Member
type Candidate = Known & { interested?: boolean }

export class SimTracker implements Site {
  readonly region: Site['region']
  readonly #processor: Processor | undefined
  readonly #wire: Wire
  readonly #random: Random
  readonly #audience: Audience
  readonly #nodes = new Map<string, Known>()
  readonly #titles = new Map<string, { holders: TitleHolders<Holder>, of: Map<string, Holder> }>()

  constructor (
    { wire, random, processor }: { wire: Wire, random: Random, processor?: Processor | undefined },
    { region }: Site
  ) {
    this.#processor = processor
    this.#wire = wire
    this.#random = random
    this.region = region
    this.#audience = new Audience(wire)
  }

  register (record: Registered): void {
    this.#nodes.set(record.peer.toString(), { record, sketch: sketchOf(record) })
  }

  provide (peer: string, content: CID): void {
    const title = this.#titleOf(content)
    const known = this.#nodes.get(peer)
    if (known == null || title.of.has(peer)) return
    const holder = { ...known, isServer: known.record.role !== 'peer', place: 0 }
    title.of.set(peer, holder)
    title.holders.add(holder)
  }

  withdraw (peer: string, content: CID): void {
    const title = this.#titleOf(content)
    const holder = title.of.get(peer)
    if (holder == null) return
    title.of.delete(peer)
    title.holders.delete(holder)
  }

  /** The tracker as a node asks it. */
  sourceOf (asker: Registered): Pick<ProviderSource, 'find'> {
    const ask = this.#ask.bind(this)
    return {
      async * find (content) { yield * await ask(content, asker) }
    }
  }

  async #ask (content: CID, asker: Registered): Promise<Provider[]> {
    const rttMs = this.#wire.rttMs(asker, this)
    await this.#wire.sleep(rttMs / 2)
    if (this.#processor != null) await worked(this.#processor, LOOKUP_MS)
    const found = this.#lookup(content, asker)
    await this.#wire.sleep(rttMs / 2)
    if (asker.processor != null) await worked(asker.processor, found.length * RECORD_MS)
    return found
  }

  #lookup (content: CID, { peer, region, rtts, coordinate }: Registered): Provider[] {
    const self = peer.toString()
    const wanting = this.#audience.of(content)
    const done = new Set([self])
    const candidates: Candidate[] = []
    for (const holder of this.#titleOf(content).holders.some(MAX_CANDIDATES, this.#random)) {
      done.add(holder.sketch.peer)
      const interested = wanting.has(holder.sketch.peer)
      candidates.push(interested ? { ...holder, interested } : holder)
    }
    for (const one of [...wanting.keys()].slice(-MAX_PROVIDERS)) {
      const known = done.has(one) ? undefined : this.#nodes.get(one)
      if (known != null) candidates.push({ ...known, interested: true })
    }
    this.#audience.add(content, self)
    const from = { peer: self, region, rtts, ...(coordinate != null && { coordinate }) }
    return handout(candidates, from, { limit: MAX_PROVIDERS, random: this.#random })
      .map(toProvider)
  }

  #titleOf (content: CID): { holders: TitleHolders<Holder>, of: Map<string, Holder> } {
    const key = titleKey(content)
    const title = this.#titles.get(key) ?? { holders: new TitleHolders<Holder>(key), of: new Map() }
    this.#titles.set(key, title)
    return title
  }
}

function toProvider (
  { record: { peer, role, region }, interested, rttMs }: Candidate & { rttMs?: number }
): Provider {
  return {
    peer,
    addresses: [],
    via: 'tracker',
    role,
    region,
    ...(rttMs != null && { rttMs }),
    ...(interested === true && { isInterested: true })
  }
}
