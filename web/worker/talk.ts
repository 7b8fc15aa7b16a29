/**
 * What a service worker and the page it serves say to each other, over a port a request.
 *
 *   worker ── {cdnd: 'file', url} + port ─► page
 *   worker ◄─ {accepted}, then {file} or {failed} ── page
 *   worker ── {cancelled} ─► page
 *
 * Workers have no WebRTC, so the node lives in the page; the page may be gone at any moment, so
 * each answer has a deadline.
 */

export interface FileQuestion { cdnd: 'file', url: string }

/** What the page says, in this order. */
export type PageSays =
  | { says: 'accepted' }
  | { says: 'file', bytes: ArrayBuffer, type: string }
  | { says: 'failed' }

/** What the worker says once it does not want the file any more. */
export interface WorkerSays { says: 'cancelled' }

/** A page that runs a player says at once whether it takes a request. Higher: busy pages answer. */
export const ACCEPT_MS = 300
/** The node's own deadline for a segment, and some more. */
export const ANSWER_MS = 12_000
/** A page that did not answer is not asked for so long. */
export const DEAF_MS = 10_000

export function isFileQuestion (data: unknown): data is FileQuestion {
  const { cdnd, url } = Object(data) as Partial<FileQuestion>
  return cdnd === 'file' && typeof url === 'string'
}

export function isPageSaying (data: unknown): data is PageSays {
  const { says, bytes, type } = Object(data) as { says?: unknown, bytes?: unknown, type?: unknown }
  return says === 'accepted' || says === 'failed' ||
    (says === 'file' && bytes instanceof ArrayBuffer && typeof type === 'string')
}
