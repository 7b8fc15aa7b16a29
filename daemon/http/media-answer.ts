/**
 * Which answers hand media to players. Nodes take blocks, by another route.
 */

import type { HttpAnswer } from './types.ts'

const MEDIA_ROUTES = new Set(['/hls/:id/:rendition/:file', '/segments/*'])

export const isMedia = ({ listener, route, status }: HttpAnswer): boolean =>
  listener === 'gateway' && MEDIA_ROUTES.has(route) && (status === 200 || status === 206)
