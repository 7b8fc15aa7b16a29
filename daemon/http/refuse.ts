/**
 * What no route takes: bodies too large to begin with, unknown paths, wrong methods.
 */

import { BodyTooLargeError } from '../../protocols/errors.ts'
import { sendError } from './error-response.ts'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'

/** Refuses a body by its announced length, before a byte of it is read. */
export function refuseLargeBody (app: FastifyInstance): void {
  app.addHook('onRequest', ({ headers, method, routeOptions }, _reply, done) => {
    const length = Number(headers['content-length'] ?? 0)
    const limit = method === 'GET' || method === 'HEAD' ? 0 : routeOptions.bodyLimit ?? 0
    if (length <= limit) return done()
    done(new BodyTooLargeError(`a body of ${length} bytes: at most ${limit} are taken here`))
  })
}

/** 405 with the methods there are where the path exists, else 404. Call it before adding routes. */
export function refuseUnknownRoute (app: FastifyInstance): void {
  const known: Array<{ pattern: RegExp, methods: string[] }> = []
  app.addHook('onRoute', ({ url, method }) => {
    // CORS answers OPTIONS for every path there could be.
    if (method !== 'OPTIONS') known.push({ pattern: patternOf(url), methods: [method].flat() })
  })
  app.setNotFoundHandler((request: FastifyRequest, reply: FastifyReply) => {
    const [path = ''] = request.url.split('?', 1)
    const routes = known.filter(({ pattern }) => pattern.test(path))
    const methods = routes.flatMap(route => route.methods)
    if (methods.length === 0) return sendError(reply, notFound(path))
    reply.header('allow', [...new Set(methods)].join(', '))
    return sendError(reply, wrongMethod(request.method))
  })
}

/** `/hls/:id/*` as a regular expression. */
function patternOf (url: string): RegExp {
  const source = url.replaceAll(/[.$^|()[\]{}+?\\]/g, '\\$&')
    .replaceAll(/:[a-zA-Z]+/g, '[^/]+').replaceAll('*', '.*')
  return new RegExp(`^${source}$`)
}

/** What is told of a path that leads nowhere. */
export function notFound (path: string): Error {
  return named('NotFoundError', `there is nothing at ${path.slice(0, 200)}: see docs/http.md`)
}

function wrongMethod (method: string): Error {
  return named('MethodNotAllowedError', `${method} does nothing here`)
}

function named (name: string, message: string): Error {
  return Object.assign(new Error(message), { name })
}
