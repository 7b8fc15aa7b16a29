/**
 * fetch as a page's node uses it: says nothing of who asks, and keeps no second copy of what the
 * store keeps.
 */

import type { HttpFetch } from '../../daemon/discovery/types.ts'

export const pageFetch: HttpFetch = async (url, init) => await fetch(url, {
  ...init, cache: 'no-store', credentials: 'omit', mode: 'cors', referrerPolicy: 'no-referrer'
})
