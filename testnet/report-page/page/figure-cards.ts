/**
 * The run in figures: those first asked for, what it had to meet, and all of them.
 */

import { type Figure, shown } from '../../run-figures.ts'
import type { JudgedVerdict, RunView } from '../view.ts'
import { card } from './card.ts'
import { type Child, element, table } from './element.ts'

const TILES = [
  'offload', 'server bytes ÷ floor', 'start-up p50', 'start-up p99', 'stalls', 'segments missing',
  'cross-region share'
]

/** A simulation that is farther from its testnet does not stand for it. */
const APART = 0.15

export function heading (run: RunView): HTMLElement {
  const missed = run.verdicts.filter(({ isMet }) => !isMet).length
  const verdict = missed === 0
    ? element('p', 'verdict good', `✓ met all of its ${run.verdicts.length} goals`)
    : element('p', 'verdict bad', `✕ missed ${missed} of its ${run.verdicts.length} goals`)
  const tiles = TILES.flatMap(name => run.figures.find(figure => figure.name === name) ?? [])
  return element('header', '',
    element('h1', '', run.scenario),
    element('p', 'quiet', run.setting),
    run.verdicts.length === 0 ? undefined : verdict,
    element('div', 'tiles', ...tiles.map(({ name, value, unit }) => element('div', 'tile',
      element('div', 'name', name), element('div', 'value', shown(value, unit))))))
}

export function verdictCard ({ verdicts }: RunView): HTMLElement | undefined {
  if (verdicts.length === 0) return undefined
  const missedFirst = verdicts.toSorted((a, b) => Number(a.isMet) - Number(b.isMet))
  const rows = missedFirst.map(verdict => [
    verdict.name, shown(verdict.measured ?? Number.NaN, verdict.unit),
    `${verdict.is} ${shown(verdict.goal, verdict.unit)}`,
    element('span', verdict.isMet ? 'good' : 'bad', judged(verdict))
  ])
  return card({
    title: 'Goals',
    below: [table([
      { name: '' }, { name: 'measured', isNumber: true }, { name: 'to be', isNumber: true },
      { name: '' }
    ], rows)]
  })
}

function judged ({ isMet, measured, goal, unit }: JudgedVerdict): string {
  if (isMet) return '✓ met'
  return measured == null
    ? '✕ not measured'
    : `✕ missed by ${shown(Math.abs(measured - goal), unit)}`
}

export function figuresCard (run: RunView, beside: RunView | undefined): HTMLElement {
  const right = (name: string) => ({ name, isNumber: true })
  const columns = [
    { name: '' }, right(run.kind),
    ...(beside == null ? [] : [right(beside.kind), right('÷')])
  ]
  return card({
    title: 'All figures',
    size: 'tall',
    ...(beside != null && {
      hint: `Beside it: ${beside.setting}. Red: more than ${100 * APART} % apart.`
    }),
    below: [table(columns, run.figures.map(figure => row(figure, beside)))]
  })
}

function row ({ name, value, unit }: Figure, beside: RunView | undefined): Child[] {
  if (beside == null) return [name, shown(value, unit)]
  const other = beside.figures.find(figure => figure.name === name)
  const cells = [name, shown(value, unit), shown(other?.value ?? Number.NaN, unit)]
  if (other == null || value === 0) return [...cells, '']
  const ratio = other.value / value
  const isApart = Math.abs(ratio - 1) > APART
  return [...cells, element('span', isApart ? 'bad' : '', ratio.toFixed(2))]
}
