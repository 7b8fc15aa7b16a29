/**
 * What people see of a run while it goes on: a table that updates, or lines where there is no
 * terminal. in: events, sums. out: text on a stream.
 */

import { clearScreenDown, moveCursor } from 'node:readline'
import type { WriteStream } from 'node:tty'
import Table from 'cli-table3'
import { quantile } from './run-figures.ts'
import { mib, ms, percent } from './report.ts'
import type { Sample } from './run-record.ts'

/** What a run is like now. */
export interface LiveState {
  sample: Sample
  /** Of all roles. */
  nodes: number
  /** Plays that ended, and how soon they began, milliseconds. */
  plays: number
  startUps: readonly number[]
}

export interface LiveView {
  /** Something happened. */
  say: (event: string) => void
  show: (state: LiveState) => void
  /** The last table stays. */
  end: () => void
}

/** Between two lines where there is no terminal. */
const LINE_INTERVAL_MS = 10_000

type Out = Pick<WriteStream, 'write' | 'isTTY'>

export function createLiveView (out: Out): LiveView {
  return out.isTTY ? new LiveTable(out as WriteStream) : new LiveLines(out)
}

class LiveLines implements LiveView {
  readonly #out: Out
  readonly #startMs = performance.now()
  #shownMs = Number.NEGATIVE_INFINITY

  constructor (out: Out) {
    this.#out = out
  }

  say (event: string): void {
    this.#out.write(`${since(this.#startMs)} ${event}\n`)
  }

  show (state: LiveState): void {
    if (performance.now() - this.#shownMs < LINE_INTERVAL_MS) return
    this.#shownMs = performance.now()
    this.say(cellsOf(state).map(([name, value]) => `${name} ${value}`).join(', '))
  }

  end (): void {}
}

class LiveTable implements LiveView {
  readonly #out: WriteStream
  readonly #startMs = performance.now()
  #table = ''
  #rows = 0

  constructor (out: WriteStream) {
    this.#out = out
  }

  /** Above the table, where it stays. */
  say (event: string): void {
    this.#redraw(`${since(this.#startMs)} ${event}\n`)
  }

  show (state: LiveState): void {
    const cells = cellsOf(state)
    const table = new Table({
      head: cells.map(([name]) => name), style: { head: [], border: [], compact: true }
    })
    table.push(cells.map(([, value]) => value))
    this.#table = `${table.toString()}\n`
    this.#redraw('')
  }

  end (): void {
    this.#rows = 0
    this.#table = ''
  }

  /** Where the last table was. */
  #redraw (above: string): void {
    if (this.#rows > 0) {
      moveCursor(this.#out, 0, -this.#rows)
      clearScreenDown(this.#out)
    }
    this.#out.write(`${above}${this.#table}`)
    this.#rows = this.#table.split('\n').length - 1
  }
}

/** What both show, in their order. */
function cellsOf ({ sample, nodes, plays, startUps }: LiveState): Array<[string, string]> {
  const { fetched, nodesUp, playing, stalls } = sample
  const network = fetched.peer + fetched.edge + fetched.origin
  return [
    ['nodes up', `${nodesUp}/${nodes}`],
    ['playing', String(playing)],
    ['plays', String(plays)],
    ['offload', network === 0 ? '–' : percent(fetched.peer / network)],
    ['peers', mib(fetched.peer)],
    ['servers', mib(fetched.edge + fetched.origin)],
    ['start-up p50', ms(quantile(startUps, 0.5))],
    ['p95', ms(quantile(startUps, 0.95))],
    ['stalls', String(stalls)]
  ]
}

function since (startMs: number): string {
  return `${((performance.now() - startMs) / 1000).toFixed(0)} s`.padStart(6)
}
