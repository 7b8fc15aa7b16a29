/**
 * The swarm as retrieval sees it, before a page has joined one, in it, and after it has left.
 * in: the broker of a swarm, once there is one. out: its sources; nobody's until then.
 *
 * While a page is about to join, what is not needed at once waits for that, as for any search for
 * peers: else the first page to have its script would get all of a title from servers.
 */

import type { CID } from 'multiformats/cid'
import { Bell } from '../../daemon/retrieval/bell.ts'
import type { PeerBroker } from '../../daemon/retrieval/peer-broker.ts'
import type { BlockBroker, BlockSource, BlockWant, Claims } from '../../daemon/retrieval/types.ts'

export interface LateBrokerComponents {
  /** Told when somebody waits for a block, no server can be asked, and no swarm is joined. */
  onUnserved?: () => void
}

type Place = Pick<BlockWant, 'cid' | 'content'>

/** What sessions ask of those who play the same, and what retrieval does. */
type Joined = Pick<PeerBroker,
  Exclude<keyof BlockBroker, 'name' | 'isSlow'> | 'isOurs' | 'isAround' | 'gathered'>

export class LateBroker implements BlockBroker {
  readonly name = 'peer'
  readonly #bell = new Bell()
  readonly #onUnserved: () => void
  #joined: Joined | undefined
  #isExpected = false
  #content: CID | undefined

  constructor ({ onUnserved = () => {} }: LateBrokerComponents = {}) {
    this.#onUnserved = onUnserved
  }

  /** The title asked for last; undefined before the first. */
  get content (): CID | undefined { return this.#content }

  /** To join takes as long as some segments: what is played at once does not wait for it. */
  get isSlow (): boolean { return this.#joined == null }

  /** True: a swarm will be joined in a moment. */
  expect (isExpected: boolean): void {
    this.#isExpected = isExpected
    this.#bell.ring()
  }

  /** From now on these are asked; undefined: nobody. */
  use (joined: Joined | undefined): void {
    this.#joined = joined
    if (this.#content != null) joined?.seek(this.#content)
    this.expect(false)
  }

  sources (want: BlockWant): BlockSource[] {
    return this.#joined?.sources(want) ?? []
  }

  ban (sourceId: string, untilMs: number): void {
    this.#joined?.ban(sourceId, untilMs)
  }

  seek (content: CID): void {
    const isFirst = this.#content == null
    this.#content = content
    this.#joined?.seek(content)
    if (isFirst) this.#bell.ring()
  }

  isSeeking (content?: CID): boolean {
    return this.#joined?.isSeeking(content) ?? this.#isExpected
  }

  /** Whoever is waited for here is waited for because nobody else can be asked. */
  async changed (want: BlockWant, { signal }: { signal: AbortSignal }): Promise<void> {
    if (this.#joined == null && want.priority === 'urgent') this.#onUnserved()
    const over = new AbortController()
    const either = { signal: AbortSignal.any([signal, over.signal]) }
    const news = [this.#bell.wait(either)]
    if (this.#joined != null) news.push(this.#joined.changed(want, either))
    await Promise.race(news)
    over.abort()
  }

  hint (content: CID, providers: readonly string[]): void {
    this.#joined?.hint(content, providers)
  }

  renew (content: CID): boolean {
    return this.#joined?.renew(content) ?? false
  }

  claims (want: Place): Claims {
    return this.#joined?.claims(want) ?? {}
  }

  isOurs (want: Place): boolean {
    return this.#joined?.isOurs(want) ?? false
  }

  isAround (want: BlockWant): boolean {
    return this.#joined?.isAround(want) ?? false
  }

  /** Resolves when the swarm is joined, or not expected any more, and its peers have told. */
  async gathered (content: CID, { signal }: { signal: AbortSignal }): Promise<void> {
    while (this.#isExpected && !signal.aborted) await this.#bell.wait({ signal })
    await this.#joined?.gathered(content, { signal })
  }

  /** A title that was asked for, as soon as there is one. @throws the signal's reason */
  async asked ({ signal }: { signal: AbortSignal }): Promise<CID> {
    for (;;) {
      signal.throwIfAborted()
      if (this.#content != null) return this.#content
      await this.#bell.wait({ signal })
    }
  }
}
