/**
 * `npm run demo [-- FILE]`: the whole story on this machine, in words.
 * A bootstrap, an origin, an edge and six listeners as real processes; the origin's music reaches the last
 * listeners from the ones before them; then the publisher's servers vanish, and the music plays on.
 */

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join, resolve } from 'node:path'
import { findFfmpeg } from '../origin/index.ts'
import { Network } from './network.ts'
import { ms, percent, isWhole, type RunResult, totalsOf } from './report.ts'
import { DEMO_TRACK, playAll, type TestnetOptions } from './run.ts'

const LISTENERS = 6

const say = (line: string): void => { console.log(line) }

async function demo (file: string): Promise<RunResult> {
  const folder = await mkdtemp(join(tmpdir(), 'cdnd-demo-'))
  const options: TestnetOptions = {
    nodes: LISTENERS, edges: 1, seed: 1, file, speed: 4, gap: 8_000, segment: '4s', bitrate: '128k', dht: true, tracker: true, fault: ['servers-lost']
  }
  const network = new Network({
    folder, nodes: LISTENERS, edges: 1, dht: true, tracker: true, config: { origin: { segment: options.segment } }
  })
  const ends = new AbortController()
  const onSignal = (): void => { ends.abort(new Error('interrupted')) }
  process.on('SIGINT', onSignal).on('SIGTERM', onSignal)
  try {
    return await playAll(network, options, ends.signal, { say })
  } finally {
    await network.stop()
    await rm(folder, { recursive: true, force: true })
  }
}

const [, , given] = process.argv
const file = resolve(given ?? DEMO_TRACK)
const { origin, version } = await findFfmpeg()
say(`One machine, a small internet: a bootstrap where nodes meet, an origin that publishes ${basename(file)}
(cut by the ${origin} ffmpeg ${version}), an edge cache, and ${LISTENERS} listeners who come one after the other.
Each is a process of its own, and every block is checked against its name before anybody hears it.
`)
try {
  const run = await demo(file)
  const totals = totalsOf(run)
  const { share } = totals
  const figures = `${totals.peers} peers, bytes ${percent(share.peer)} from peers / ${percent(share.edge)} from the edge / ` +
    `${percent(share.origin)} from the origin, median start-up ${ms(totals.medianStartUpMs)}`
  say(isWhole(totals) ? `demo passed: ${figures}` : `demo failed: ${figures}, ${totals.failed} listeners without music, ` +
    `${totals.missing} segments missing, ${totals.wrongBytes} wrong bytes`)
  process.exitCode = isWhole(totals) ? 0 : 1
} catch (error) {
  say(`demo failed: ${error instanceof Error ? error.message : String(error)}`)
  process.exitCode = 1
}
