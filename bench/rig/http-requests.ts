/**
 * Requests made beforehand, sent as fast as a server answers them over kept-alive connections.
 * in: a URL, requests as bytes. out: how long they took; every answer was a 200.
 */

import { connect } from 'node:net'

const END_OF_HEAD = '\r\n\r\n'

/** Milliseconds until the last is answered, `connections` of them at a time. */
export async function sendAll (
  url: string, requests: readonly Buffer[], connections: number
): Promise<number> {
  const { hostname, port } = new URL(url)
  let next = 0
  const take = (): Buffer | undefined => requests[next++]
  const startMs = performance.now()
  await Promise.all(Array.from({ length: connections }, async () => {
    await converse(hostname, Number(port), take)
  }))
  return performance.now() - startMs
}

export function requestBytes (url: string, path: string, body?: Uint8Array): Buffer {
  const head = [
    `${body == null ? 'GET' : 'POST'} ${path} HTTP/1.1`, `host: ${new URL(url).host}`,
    ...body == null ? [] : [
      'content-type: application/vnd.ipld.dag-cbor', `content-length: ${body.byteLength}`
    ]
  ]
  return Buffer.concat([Buffer.from(head.join('\r\n') + END_OF_HEAD), body ?? new Uint8Array(0)])
}

/** One connection: a request, its whole answer, the next. */
async function converse (
  host: string, port: number, take: () => Buffer | undefined
): Promise<void> {
  const over = Promise.withResolvers<void>()
  const socket = connect(port, host)
  socket.setNoDelay(true)
  let head = ''
  /** Of the body; undefined while its length is not known. */
  let left: number | undefined
  const ask = (): void => {
    const request = take()
    if (request == null) socket.end(over.resolve)
    else socket.write(request)
  }
  socket.on('connect', ask).on('error', over.reject)
  socket.on('data', chunk => {
    let body = chunk.byteLength
    if (left == null) {
      head += chunk.toString('latin1')
      const end = head.indexOf(END_OF_HEAD)
      if (end < 0) return
      if (!head.startsWith('HTTP/1.1 200')) over.reject(new Error(head.slice(0, 500)))
      body = head.length - end - END_OF_HEAD.length
      left = Number(/content-length: (\d+)/i.exec(head.slice(0, end))?.[1])
    }
    left -= body
    if (left > 0) return
    head = ''
    left = undefined
    ask()
  })
  await over.promise
}
