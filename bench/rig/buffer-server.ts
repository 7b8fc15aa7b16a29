/**
 * The same fastify, sending one buffer to everybody: what a server on Node could do at best.
 * in: a file, a port. out: the file at every path, until SIGTERM.
 */

import { readFileSync } from 'node:fs'
import fastify from 'fastify'

const [file = '', port] = process.argv.slice(2)
const bytes = readFileSync(file)
const app = fastify()
app.get('/*', (_request, reply) => reply.type('video/iso.segment').send(bytes))
await app.listen({ host: '127.0.0.1', port: Number(port) })
