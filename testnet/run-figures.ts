/**
 * The figures by which a run is judged and compared with another.
 * in: the record of a run. out: a list, in the order in which people ask.
 */

import type { BytesBySource, RecordedPlay, RunRecord, StartKind } from './run-record.ts'

export interface Figure {
  name: string
  value: number
  unit: Unit
  /** Which way is an improvement. */
  better: 'less' | 'more'
}

/** `%` counts hundredths; `×` is a ratio; the empty one counts things. */
export type Unit = 'ms' | '%' | 'B' | '×' | 's' | ''

export interface StartQuantiles {
  /** `plain`: of the HTTP players that began beside ours. */
  kind: StartKind | 'all' | 'plain'
  count: number
  p50: number
  p95: number
  p99: number
}

/** Listeners that give the most are asked whether the rest gives nothing. */
const TOP_SHARE = 0.1

/** Those that the run has; a run without plays has no start-up. */
export function figuresOf (record: RunRecord): Figure[] {
  const figures = [
    ...byteFigures(record), ...startFigures(record.plays), ...playFigures(record.plays),
    ...loadFigures(record)
  ]
  return figures.filter(({ value }) => Number.isFinite(value))
}

function byteFigures (record: RunRecord): Figure[] {
  const { bounds, nodes } = record
  const fetched = fetchedByPeers(record)
  const servers = fetched.edge + fetched.origin
  const network = fetched.peer + servers
  const wasted = sum(nodes, node => node.role === 'peer' ? node.wastedBytes : 0)
  const last = record.samples.at(-1)
  const library = sum(record.titles, ({ bytes }) => bytes)
  const copies = (sentBytes = Number.NaN): number => sentBytes / library
  return [
    more('offload', percent(fetched.peer / network), '%'),
    more('offload ÷ ceiling', fetched.peer / network / bounds.ceilingShare, '×'),
    less('server bytes ÷ floor', servers / bounds.floorBytes, '×'),
    less('server bytes ÷ played', percent(servers / (network + fetched.local)), '%'),
    less('server bytes', servers, 'B'),
    less('wasted', percent(wasted / network), '%'),
    less('cross-region share', percent(crossRegionShare(record)), '%'),
    less('copies of all titles from the origin', copies(last?.originSentBytes), '×'),
    less('copies of all titles from edges', copies(last?.edgeSentBytes), '×')
  ]
}

function startFigures (plays: readonly RecordedPlay[]): Figure[] {
  const [all, ...kinds] = startQuantiles(plays)
  const paired = plays.filter(play => play.startUpMs != null && play.plainStartUpMs != null)
  const ours = quantile(paired.map(({ startUpMs }) => startUpMs!), 0.5)
  const plain = quantile(paired.map(({ plainStartUpMs }) => plainStartUpMs!), 0.5)
  return [
    less('start-up p50', all!.p50, 'ms'),
    less('start-up p95', all!.p95, 'ms'),
    less('start-up p99', all!.p99, 'ms'),
    ...kinds.filter(({ kind }) => kind !== 'plain')
      .map(({ kind, p50 }) => less(`start-up p50, ${kind}`, p50, 'ms')),
    less('start-up p50 ÷ plain HTTP', ours / plain, '×')
  ]
}

function playFigures (plays: readonly RecordedPlay[]): Figure[] {
  return [
    less('seek p50', quantile(plays.flatMap(({ seekMs }) => seekMs ?? []), 0.5), 'ms'),
    less('stalls', sum(plays, play => play.stalls), ''),
    less('time stalled', sum(plays, play => play.stalledMs), 'ms'),
    less('plays with a stall', percent(shareOf(plays, play => play.stalls > 0)), '%'),
    less('segments missing', sum(plays, play => play.missing), ''),
    less('wrong bytes played', sum(plays, play => play.wrongBytes), 'B'),
    less('plays that never began', plays.filter(play => play.startUpMs == null).length, '')
  ]
}

function loadFigures ({ nodes, setting, durationMs }: RunRecord): Figure[] {
  const peers = nodes.filter(({ role }) => role === 'peer')
  const sent = peers.map(({ sentBytes }) => sentBytes).sort((a, b) => b - a)
  const top = sent.slice(0, Math.ceil(sent.length * TOP_SHARE))
  const pss = nodes.flatMap(({ pssBytes }) => pssBytes ?? [])
  const cpu = nodes.flatMap(({ cpuSeconds }) => cpuSeconds ?? [])
  return [
    less('sent by the top tenth of peers', percent(total(top) / total(sent)), '%'),
    less('memory of a node, p50', quantile(pss, 0.5), 'B'),
    less('memory of a node, most', quantile(pss, 1), 'B'),
    less('processor, all nodes, of one core', cpu.length === 0 ? Number.NaN
      : percent(total(cpu) * 1000 / durationMs), '%'),
    less('cores busy while nobody played', setting.idleCores ?? Number.NaN, ''),
    less('time until all were up', setting.upSeconds, 's')
  ]
}

/** All plays first, then each kind that occurred. */
export function startQuantiles (plays: readonly RecordedPlay[]): StartQuantiles[] {
  const row = (kind: StartQuantiles['kind'], values: number[]): StartQuantiles => ({
    kind,
    count: values.length,
    p50: quantile(values, 0.5),
    p95: quantile(values, 0.95),
    p99: quantile(values, 0.99)
  })
  const kinds = (['cold', 'warm', 'cached'] as const).map(kind =>
    row(kind, startUps(plays.filter(({ start }) => start === kind))))
  const plain = row('plain', plays.flatMap(({ plainStartUpMs }) => plainStartUpMs ?? []))
  return [row('all', startUps(plays)), ...[...kinds, plain].filter(({ count }) => count > 0)]
}

/** What peers that listen got, from whom. */
export function fetchedByPeers ({ nodes }: RunRecord): BytesBySource {
  const fetched = { local: 0, peer: 0, edge: 0, origin: 0 }
  for (const node of nodes.filter(({ role }) => role === 'peer')) {
    fetched.local += node.fetched.local
    fetched.peer += node.fetched.peer
    fetched.edge += node.fetched.edge
    fetched.origin += node.fetched.origin
  }
  return fetched
}

/** Of the bytes that one peer sent another, those between regions; NaN where none were sent. */
export function crossRegionShare ({ nodes, flows }: RunRecord): number {
  const peers = new Map(nodes.filter(({ role }) => role === 'peer')
    .map(({ name, region }) => [name, region]))
  const between = flows.filter(({ from, to }) => peers.has(from) && peers.has(to))
  const crossing = between.filter(({ from, to }) => peers.get(from) !== peers.get(to))
  return sum(crossing, ({ bytes }) => bytes) / sum(between, ({ bytes }) => bytes)
}

export const startUps = (plays: readonly RecordedPlay[]): number[] =>
  plays.flatMap(({ startUpMs }) => startUpMs ?? [])

/** The least value that `share` of all are not above; NaN of none. */
export function quantile (values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN
}

/** With its unit, as people read it. */
export function shown (value: number, unit: string): string {
  if (!Number.isFinite(value)) return '–'
  if (unit === 'ms' && Math.abs(value) >= 10_000) return `${short(value / 1000)} s`
  if (unit === 'B') return shownBytes(value)
  return unit === '' ? short(value) : `${short(value)} ${unit}`
}

function shownBytes (bytes: number): string {
  const power = Math.min(4, Math.floor(Math.log2(Math.max(1, Math.abs(bytes))) / 10))
  return `${short(bytes / 1024 ** power)} ${['B', 'KiB', 'MiB', 'GiB', 'TiB'][power]}`
}

/** Three digits that count, and never fewer than all before the point. */
function short (value: number): string {
  const size = Math.abs(value)
  return value.toLocaleString('en', {
    maximumFractionDigits: size >= 100 ? 0 : size >= 10 ? 1 : 2
  })
}

const less = (name: string, value: number, unit: Unit): Figure =>
  ({ name, value, unit, better: 'less' })
const more = (name: string, value: number, unit: Unit): Figure =>
  ({ name, value, unit, better: 'more' })
const percent = (share: number): number => share * 100
const total = (values: readonly number[]): number => values.reduce((all, one) => all + one, 0)
const sum = <T> (things: readonly T[], of: (thing: T) => number): number => total(things.map(of))
const shareOf = <T> (things: readonly T[], is: (thing: T) => boolean): number =>
  things.filter(is).length / things.length
