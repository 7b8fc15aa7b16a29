/**
 * Curves over the last hour. in: curves. out: charts of one time axis, each with its figures in
 * words, as of now or of the moment the pointer is at.
 */

import uPlot from 'uplot'
import { element } from '../topology/element.ts'
import { palette } from '../topology/palette.ts'
import type { Curves } from './figures.ts'
import { colourOf } from './sources.ts'
import { bitrate, duration, percent } from './words.ts'

interface Line {
  curve: keyof Curves
  name: string
  /** In this theme. */
  colour: () => string
  /** Seen where it lies on another. */
  isDashed?: true
}

interface ChartPlan {
  id: string
  title: string
  lines: readonly Line[]
  words: (value: number) => string
  /** Each line on top of the next. */
  isStacked?: boolean
  /** Of a hundred. */
  isShare?: boolean
}

const HEIGHT_PX = 150
const AXIS_PX = 68
const CLOCK_PX = 24
const DASH = [5, 4]
const accent = (): string => palette().accent
const blue = (): string => colourOf('peer')
const orange = (): string => colourOf('edge')

const PLANS: readonly ChartPlan[] = [
  { id: 'sources', title: 'What listeners’ nodes fetched', isStacked: true, words: bitrate, lines: [
    { curve: 'peer', name: 'from peers', colour: blue },
    { curve: 'edge', name: 'edges', colour: orange },
    { curve: 'origin', name: 'origins', colour: () => colourOf('origin') }
  ] },
  { id: 'shares', title: 'Share of peers, origin saved', isShare: true,
    words: value => percent(value / 100), lines: [
      { curve: 'saved', name: 'origin saved', colour: accent },
      { curve: 'peerShare', name: 'from peers', colour: blue }
    ] },
  { id: 'starts', title: 'Start-up', words: duration, lines: [
    { curve: 'p95', name: '95 % within', colour: orange },
    { curve: 'p50', name: 'half within', colour: blue }
  ] },
  { id: 'stalls', title: 'Rebuffering', words: value => percent(value / 100), lines: [
    { curve: 'rebuffering', name: 'of listening', colour: () => colourOf('origin') }
  ] },
  { id: 'bitrate', title: 'Average bit rate', words: bitrate, lines: [
    { curve: 'bitrate', name: 'of media', colour: blue }
  ] },
  { id: 'nodes', title: 'Nodes', words: value => value.toLocaleString('en'), lines: [
    { curve: 'nodes', name: 'there', colour: blue },
    { curve: 'reporting', name: 'report', colour: orange, isDashed: true }
  ] }
]

export class Charts {
  readonly #charts: Chart[]

  constructor (root: HTMLElement) {
    this.#charts = PLANS.map(plan => new Chart(plan))
    root.replaceChildren(...this.#charts.map(({ figure }) => figure))
  }

  show (curves: Curves): void {
    for (const chart of this.#charts) chart.show(curves)
  }

  /** The theme has changed. */
  repaint (): void {
    for (const chart of this.#charts) chart.repaint()
  }
}

class Chart {
  readonly figure: HTMLElement
  readonly #plan: ChartPlan
  readonly #place = element('div', { className: 'plot' })
  readonly #figures: HTMLElement[]
  readonly #swatches: HTMLElement[]
  #curves: Curves | undefined
  #plot: uPlot | undefined

  constructor (plan: ChartPlan) {
    this.#plan = plan
    this.#figures = plan.lines.map(() => element('strong'))
    this.#swatches = plan.lines.map(() => element('span', { className: 'swatch' }))
    const legend = element('ul', {}, ...plan.lines.map(({ name }, i) =>
      element('li', {}, this.#swatches[i], `${name} `, this.#figures[i])))
    this.#place.ariaHidden = 'true'
    this.figure = element('figure', { className: 'card', id: `chart-${plan.id}` },
      element('figcaption', {}, plan.title), legend, this.#place)
    new ResizeObserver(() => {
      this.#plot?.setSize({ width: this.#place.clientWidth, height: HEIGHT_PX })
    }).observe(this.#place)
  }

  show (curves: Curves): void {
    this.#curves = curves
    const data = this.#data(curves)
    if (this.#plot == null) this.repaint()
    else this.#plot.setData(data)
    if (this.#plot?.cursor.idx == null) this.#say(curves.at.length - 1)
  }

  repaint (): void {
    if (this.#curves == null) return
    this.#plot?.destroy()
    for (const [i, { colour }] of this.#plan.lines.entries()) {
      this.#swatches[i]!.style.background = colour()
    }
    const width = this.#place.clientWidth
    this.#plot = new uPlot({ width, ...this.#options() }, this.#data(this.#curves), this.#place)
  }

  /** The figures of one moment; of the last when the pointer is elsewhere. */
  #say (at: number): void {
    for (const [i, { curve }] of this.#plan.lines.entries()) {
      const value = this.#curves?.[curve][at]
      this.#figures[i]!.textContent = value == null ? '–' : this.#plan.words(value)
    }
  }

  /** What is stacked is drawn from the top: each line covers what is below it. */
  #data (curves: Curves): uPlot.AlignedData {
    const lines = this.#plan.lines.map(({ curve }) => curves[curve])
    const drawn = this.#plan.isStacked === true
      ? lines.map((_, i) => curves.at.map((_, at) =>
        lines.slice(0, i + 1).reduce((sum, line) => sum + (line[at] ?? 0), 0))).reverse()
      : lines
    return [curves.at, ...drawn]
  }

  #options (): Omit<uPlot.Options, 'width'> {
    const { quiet } = palette()
    const { lines, words, isStacked = false, isShare = false } = this.#plan
    const grid = { stroke: `${quiet}33`, width: 1 }
    const axis = { stroke: quiet, grid, ticks: { show: false }, font: '11px system-ui' }
    const drawn = isStacked ? lines.toReversed() : lines
    return {
      height: HEIGHT_PX,
      legend: { show: false },
      padding: [8, 8, 0, 0],
      cursor: { sync: { key: 'hour' }, y: false, drag: { x: false, y: false } },
      scales: { y: { range: isShare ? [0, 100] : (_plot, _low, high) => [0, top(high)] } },
      axes: [
        { ...axis, size: CLOCK_PX, gap: 4, space: 60, values: (_, splits) => splits.map(clock) },
        {
          ...axis,
          size: AXIS_PX,
          space: 34,
          values: (_, splits) => splits.map(mark => short(words(mark)))
        }
      ],
      series: [{}, ...drawn.map(({ colour, isDashed = false }) => ({
        stroke: colour(),
        width: 1.5,
        points: { show: false },
        ...(isStacked && { fill: colour() }),
        ...(isDashed && { dash: DASH })
      }))],
      hooks: { setCursor: [({ cursor: { idx } }) => {
        this.#say(idx ?? (this.#curves?.at.length ?? 0) - 1)
      }] }
    }
  }
}

/** Marks of an axis are mostly round. */
const short = (words: string): string => words.replace('.0 ', ' ')

/** A curve of zeros lies at the bottom, not in the middle. */
const top = (high: number | null): number => high == null || high <= 0 ? 1 : high * 1.1

const clock = (seconds: number): string =>
  new Date(seconds * 1_000).toLocaleTimeString('en-GB', { hour: '2-digit', minute: '2-digit' })
