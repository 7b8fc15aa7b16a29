/**
 * Requests as fast as a server answers them, over kept-alive connections, by `wrk`: it spends far
 * less CPU than a generator in Node would, and here it shares the cores with the server.
 * in: a URL. out: requests a second and latencies; every answer was a 2xx.
 */

import { execFile } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { assertInstalled } from './installed.ts'

const run = promisify(execFile)

export interface LoadInit {
  /** Holds the generator's script. */
  folder: string
  /** Kept open, a request at a time on each. */
  connections: number
  seconds: number
  headers?: Record<string, string>
}

export interface Load {
  requests: number
  requestsPerSecond: number
  bytesPerSecond: number
  p50Ms: number
  p99Ms: number
}

const SCRIPT = `done = function (summary, latency)
  io.write(string.format(
    '\\n{"requests":%d,"us":%d,"bytes":%d,"failed":%d,"p50":%f,"p99":%f}\\n',
    summary.requests, summary.duration, summary.bytes,
    summary.errors.status + summary.errors.connect + summary.errors.read + summary.errors.write +
    summary.errors.timeout, latency:percentile(50), latency:percentile(99)))
end
`

/** Rejects when an answer was not a 2xx or did not come: its speed would mean nothing. */
export async function load (url: string, init: LoadInit): Promise<Load> {
  const { folder, connections, seconds, headers = {} } = init
  assertInstalled('wrk', 'wrk')
  const script = join(folder, 'load.lua')
  await writeFile(script, SCRIPT)
  const given = Object.entries(headers).flatMap(([name, value]) => ['-H', `${name}: ${value}`])
  const { stdout } = await run('wrk', [
    '-t1', `-c${connections}`, `-d${seconds}s`, '-s', script, ...given, url
  ])
  const { requests, us, bytes, failed, p50, p99 } = JSON.parse(stdout.trim().split('\n').at(-1)!)
  if (failed > 0 || requests === 0) {
    throw new Error(`${failed} of ${requests} answers of ${url} failed:\n${stdout}`)
  }
  return {
    requests,
    requestsPerSecond: requests / us * 1e6,
    bytesPerSecond: bytes / us * 1e6,
    p50Ms: p50 / 1000,
    p99Ms: p99 / 1000
  }
}
