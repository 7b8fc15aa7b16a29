/**
 * `npm run demo [-- FILE]`: the whole story on this machine, in words; with `--web` to listen to in
 * a browser.
 * A bootstrap, an origin, an edge and six listeners as real processes; the music reaches the later
 * listeners from the ones before them; then the publisher's servers vanish, and it plays on.
 */

import { access, constants } from 'node:fs/promises'
import { basename, resolve } from 'node:path'
import { findFfmpeg } from '../origin/index.ts'
import { DEMO_TRACK } from './demo-track.ts'
import { InterruptedError } from './interrupted-error.ts'
import { amiss, mib, ms, percent, type RunResult, tableOf, totalsOf } from './report.ts'
import { runTestnet } from './run.ts'
import { webDemo } from './web-demo.ts'

const LISTENERS = 6
const SPEED = 4
/** The track that comes with the demo is shorter; of a film only so much is played. */
const PLAYED_MS = 150_000

const say = (line: string): void => { console.log(line) }

async function assertReadable (file: string): Promise<void> {
  await access(file, constants.R_OK).catch(() => {
    throw new Error(`there is no file ${file} that can be read`)
  })
}

async function demo (file: string): Promise<RunResult> {
  const { origin, version } = await findFfmpeg()
  say(`One machine, a small internet, ${LISTENERS + 3} processes:
  a bootstrap   where nodes meet
  an origin     that publishes ${basename(file)}, with the ${origin} ffmpeg ${version}
  an edge       a cache between the origin and its listeners
  ${LISTENERS} listeners   who come one after the other, each with a node that keeps what it played
Whatever arrives is checked against its hash before anybody hears it. When the last listener
comes, origin, edge and bootstrap are killed. All play ${SPEED} times as fast as people do.
`)
  return await runTestnet({
    nodes: LISTENERS,
    edges: 1,
    seed: 1,
    file,
    speed: SPEED,
    gap: 8_000,
    segment: '4s',
    bitrate: '128k',
    dht: true,
    tracker: true,
    fault: ['servers-lost'],
    playMs: PLAYED_MS
  }, say)
}

/** True when it passed. */
function conclude (run: RunResult): boolean {
  const { peers, share, medianStartUpMs } = totalsOf(run)
  const wrong = amiss(run)
  say(`\n${tableOf(run)}`)
  if (wrong.length === 0) say(story(run))
  const figures = `${peers} peers, bytes ${percent(share.peer)} from peers / ` +
    `${percent(share.edge)} from the edge / ${percent(share.origin)} from the origin, ` +
    `median start-up ${ms(medianStartUpMs)}`
  const isWhole = wrong.length === 0
  say(isWhole ? `demo passed: ${figures}` : `demo failed: ${wrong.join('; ')}; ${figures}`)
  return isWhole
}

/** What the table shows, for who does not want to read it. */
function story ({ listeners, title }: RunResult): string {
  const served = listeners.reduce((sum, { fetched }) => sum + fetched.edge + fetched.origin, 0)
  return `${listeners.at(-1)?.name} came when only listeners were left, and got all of it from them.
${listeners.length} plain players would have taken ${mib(listeners.length * title.size)} from the \
publisher's servers; these took ${mib(served)}.
`
}

try {
  const args = process.argv.slice(2)
  const file = resolve(args.find(arg => !arg.startsWith('--')) ?? DEMO_TRACK)
  await assertReadable(file)
  if (args.includes('--web')) await webDemo(file, say)
  else process.exitCode = conclude(await demo(file)) ? 0 : 1
} catch (error) {
  say(`demo failed: ${error instanceof Error ? error.message : String(error)}`)
  process.exitCode = error instanceof InterruptedError ? error.exitCode : 1
}
