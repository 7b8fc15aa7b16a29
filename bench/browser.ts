/**
 * Listeners who serve each other, in Chromium: what do they take from servers, and what does it
 * cost them? cdnd's player, p2p-media-loader and plain hls.js, one after the other.
 * in: flags. out: a table, a column a player.
 *
 *   npm run bench -- browser [--media audio,video] [--seconds 180] [--join 15] [--kill] [--flip]
 *                            [--close] [--minutes 10] [--starts 9] [--all] [--no-together]
 *                            [--only cdnd,p2p-media-loader,hls.js] [--json FILE]
 *
 * Three profiles of Debian's Chromium on this machine press play `--join` seconds apart, beside a
 * bootstrap, an origin, and an edge that has the title. `--kill` kills both servers once the third
 * plays, `--flip` has one listener change a byte of each block it sends, `--close` closes a tab
 * while others get from it, `--minutes` plays a title of that length and looks at memory,
 * `--starts` has so many listeners begin alone; `--all` does all of it.
 */

import { setMaxListeners } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { loadavg, tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { parseArgs } from 'node:util'
import { InterruptedError } from '../testnet/interrupted-error.ts'
import { makeFilm, makeTone } from '../test/origin/media-files.ts'
import { PLAYERS, type PlayerName, playerScripts } from './pages/player-scripts.ts'
import { closeTab } from './pages/scenarios/close-tab.ts'
import { flip } from './pages/scenarios/flip.ts'
import { kill } from './pages/scenarios/kill.ts'
import { long } from './pages/scenarios/long.ts'
import { starts } from './pages/scenarios/starts.ts'
import { together } from './pages/scenarios/together.ts'
import { type Figures, type Stage, type StageInit, withStage } from './pages/stage.ts'
import { assertInstalled } from './rig/installed.ts'
import { installPeers } from './rig/peers.ts'
import { report, type Row } from './rig/report.ts'

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
/** The noise makes some 1.2 Mbit/s of it; without, a test picture takes next to nothing. */
const FILM = { size: '640x360', options: ['-b:v', '2M', '-vf', 'noise=alls=30:allf=t'] }

const { values: flags } = parseArgs({
  args: process.argv.slice(2),
  allowNegative: true,
  options: {
    media: { type: 'string', default: 'audio,video' },
    seconds: { type: 'string', default: '180' },
    join: { type: 'string', default: '15' },
    together: { type: 'boolean', default: true },
    kill: { type: 'boolean', default: false },
    flip: { type: 'boolean', default: false },
    close: { type: 'boolean', default: false },
    minutes: { type: 'string', default: '0' },
    starts: { type: 'string', default: '0' },
    all: { type: 'boolean', default: false },
    only: { type: 'string', default: PLAYERS.join(',') },
    json: { type: 'string' }
  }
})
const seconds = Number(flags.seconds)
const minutes = flags.all && flags.minutes === '0' ? 10 : Number(flags.minutes)
const startCount = flags.all && flags.starts === '0' ? 9 : Number(flags.starts)
const players = PLAYERS.filter(name => flags.only.split(',').includes(name))
const media = flags.media.split(',')

assertInstalled('chromium', 'chromium')
if (players.includes('p2p-media-loader')) installPeers()
const folder = await mkdtemp(join(tmpdir(), 'cdnd-bench-'))
const interrupt = new AbortController()
// Every wait listens to it.
setMaxListeners(0, interrupt.signal)
const onSignal = (signal: typeof SIGNALS[number]): void => {
  interrupt.abort(new InterruptedError(signal))
}
for (const signal of SIGNALS) process.on(signal, onSignal)
try {
  for (const kind of media) await measure(kind)
} finally {
  for (const signal of SIGNALS) process.off(signal, onSignal)
  await rm(folder, { recursive: true, force: true })
}

async function measure (kind: string): Promise<void> {
  const loads = [loadavg()[0]!]
  const path = await mediaOf(kind, seconds)
  const longPath = minutes === 0 ? '' : await mediaOf(kind, 60 * minutes)
  const columns = new Map<PlayerName, Figures>()
  for (const player of players) {
    const init: StageInit = {
      player, path, seconds, joinSeconds: Number(flags.join), signal: interrupt.signal
    }
    const figures: Figures = {
      'added to hls.js, kB gzip': ((await playerScripts(player)).addedGzipBytes / 1000).toFixed(0)
    }
    const isAlone = player === 'hls.js'
    const run = async (
      isOn: boolean, scenario: (stage: Stage) => Promise<Figures>, more: Partial<StageInit> = {}
    ): Promise<void> => {
      if (!isOn) return
      console.log(`${kind}, ${player}: ${scenario.name || 'starts'} …`)
      const startMs = performance.now()
      const found = await withStage({ ...init, ...more }, scenario)
      Object.assign(figures, found)
      for (const [name, value] of Object.entries(found)) console.log(`  ${name}: ${value}`)
      console.log(`  (${((performance.now() - startMs) / 1000).toFixed(0)} s)`)
    }
    await run(flags.together, together)
    await run(startCount > 0, stage => starts(stage, startCount))
    await run(!isAlone && (flags.kill || flags.all), kill)
    await run(!isAlone && (flags.flip || flags.all), flip)
    await run(!isAlone && (flags.close || flags.all), closeTab)
    await run(minutes > 0, long, { path: longPath, seconds: 60 * minutes })
    columns.set(player, figures)
    loads.push(loadavg()[0]!)
  }
  show(kind, columns, loads)
}

async function mediaOf (kind: string, seconds: number): Promise<string> {
  return kind === 'video'
    ? await makeFilm(folder, `film-${seconds}.mp4`, seconds, FILM.size, ...FILM.options)
    : await makeTone(folder, `tone-${seconds}.flac`, seconds)
}

function show (kind: string, columns: Map<PlayerName, Figures>, loads: number[]): void {
  const names = new Set([...columns.values()].flatMap(figures => Object.keys(figures)))
  const cellsOf = (figure: string) => [...columns].map(([player, figures]) =>
    [player, figures[figure]] as const)
  const rows = [...names].map((figure): Row =>
    ({ figure, ...Object.fromEntries(cellsOf(figure)) }))
  report({
    name: media.length > 1 ? `browser-${kind}` : 'browser',
    question: `Listeners in a browser who serve each other: ${kind}, ${seconds} s`,
    rows,
    notes: [
      `three profiles of Chromium, ${flags.join} s apart, all on this machine, whose load was ` +
        loads.map(load => load.toFixed(1)).join(', '),
      'servers sent: the bytes on their sockets, heads included; the edge had the title before',
      'received beyond the title: payload of HTTP and of peers; for cdnd with the messages of ' +
        'its exchange, for p2p-media-loader without',
      'WebRTC beyond payload: what the browser counts, with DTLS and SCTP, without UDP and IP'
    ]
  }, jsonFileOf(kind))
}

/** One for each kind of media, where there are several. */
function jsonFileOf (kind: string): string | undefined {
  const { json } = flags
  if (json == null || media.length === 1) return json
  return join(dirname(json), `${kind}-${basename(json)}`)
}
