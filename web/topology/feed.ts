/**
 * What a bootstrap tells as it happens.
 * in: URLs. out: the whole, then news; where events are not to be had, the whole again and again.
 */

export type LiveState = 'live' | 'waiting' | 'asking'

export interface FeedUrls { events: string, whole: string }

export interface FeedListener<T> {
  /** The event that tells the whole. */
  name: string
  whole (value: T): void
  /** Other events by name; `data` is JSON. */
  news: Record<string, (data: string) => void>
  state (state: LiveState): void
}

const ASK_AGAIN_MS = 10_000

export function follow<T> (urls: FeedUrls, listener: FeedListener<T>): void {
  const events = new EventSource(urls.events)
  events.addEventListener(listener.name, ({ data }) => {
    listener.state('live')
    listener.whole(JSON.parse(data))
  })
  for (const [name, tell] of Object.entries(listener.news)) {
    events.addEventListener(name, ({ data }) => { tell(data) })
  }
  events.addEventListener('error', () => {
    if (events.readyState !== EventSource.CLOSED) {
      listener.state('waiting')
      return
    }
    // Refused, as too many listen: browsers do not come back by themselves then.
    void askForAll(urls, listener).finally(() => {
      setTimeout(() => { follow(urls, listener) }, ASK_AGAIN_MS)
    })
  })
}

/** @throws with the bootstrap's own words */
export async function ask<T> (url: string): Promise<T> {
  const answer = await fetch(url, { signal: AbortSignal.timeout(ASK_AGAIN_MS) })
  const body = await answer.json()
  if (!answer.ok) throw new Error(body.message)
  return body
}

async function askForAll<T> ({ whole }: FeedUrls, listener: FeedListener<T>): Promise<void> {
  try {
    listener.whole(await ask(whole))
    listener.state('asking')
  } catch {
    // The next question may be answered.
    listener.state('waiting')
  }
}
