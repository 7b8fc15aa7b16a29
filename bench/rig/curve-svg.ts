/**
 * A curve of what one has to pay for what one gets, as a picture that any browser shows.
 * in: points with a name. out: SVG; the points are joined in their order, one may be marked.
 */

export interface CurvePoint {
  name: string
  x: number
  y: number
  /** Not on the line: another way to the same. */
  isApart?: boolean
  isBest?: boolean
}

export interface Curve {
  title: string
  x: string
  y: string
  points: CurvePoint[]
}

const WIDTH = 720
const HEIGHT = 440
const MARGIN = 64
const TICKS = 5
const INK = '#1b1f24'
const LINE = '#2f6feb'
const APART = '#b35900'
const BEST = '#1a7f37'

export function curveSvg ({ title, x, y, points }: Curve): string {
  const across = scaleOf(points.map(point => point.x), MARGIN, WIDTH - MARGIN)
  const up = scaleOf(points.map(point => point.y), HEIGHT - MARGIN, MARGIN)
  const path = points.filter(({ isApart }) => isApart !== true)
    .map(point => `${across.at(point.x)},${up.at(point.y)}`).join(' ')
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}"`,
    ` font-family="sans-serif" font-size="13" fill="${INK}">`,
    `<rect width="${WIDTH}" height="${HEIGHT}" fill="#fff"/>`,
    text(WIDTH / 2, 28, title, 'font-size="16" text-anchor="middle"'),
    text(WIDTH / 2, HEIGHT - 14, x, 'text-anchor="middle"'),
    text(18, HEIGHT / 2, y, `text-anchor="middle" transform="rotate(-90 18 ${HEIGHT / 2})"`),
    ...across.ticks.map(tick => axis(across.at(tick), HEIGHT - MARGIN, across.at(tick), MARGIN) +
      text(across.at(tick), HEIGHT - MARGIN + 18, shown(tick), 'text-anchor="middle"')),
    ...up.ticks.map(tick => axis(MARGIN, up.at(tick), WIDTH - MARGIN, up.at(tick)) +
      text(MARGIN - 8, up.at(tick) + 4, shown(tick), 'text-anchor="end"')),
    `<polyline points="${path}" fill="none" stroke="${LINE}" stroke-width="2"/>`,
    ...points.map(point => mark(point, across.at(point.x), up.at(point.y))),
    '</svg>\n'
  ].join('\n')
}

function mark ({ name, isApart, isBest }: CurvePoint, x: number, y: number): string {
  const colour = isApart === true ? APART : LINE
  const ring = isBest === true
    ? `<circle cx="${x}" cy="${y}" r="11" fill="none" stroke="${BEST}" stroke-width="3"/>`
    : ''
  return `${ring}<circle cx="${x}" cy="${y}" r="5" fill="${colour}"/>` +
    text(x + 13, y - 8, name, `fill="${isBest === true ? BEST : colour}"`)
}

/** From nothing to the largest value. */
function scaleOf (values: number[], from: number, to: number) {
  const most = Math.max(...values) || 1
  const step = niceStep(most / TICKS)
  const top = Math.ceil(most / step) * step
  const ticks: number[] = []
  for (let i = 0; i * step <= top + step / 2; i++) ticks.push(i * step)
  return { ticks, at: (value: number) => Math.round((from + value / top * (to - from)) * 10) / 10 }
}

/** 1, 2 or 5 times a power of ten, not below `least`. */
function niceStep (least: number): number {
  const power = 10 ** Math.floor(Math.log10(least))
  return (([1, 2, 5].find(digit => digit * power >= least)) ?? 10) * power
}

function axis (x1: number, y1: number, x2: number, y2: number): string {
  return `<line x1="${x1}" y1="${y1}" x2="${x2}" y2="${y2}" stroke="#d0d7de"/>`
}

function text (x: number, y: number, words: string, attributes: string): string {
  const escaped = words.replaceAll('&', '&amp;').replaceAll('<', '&lt;')
  return `<text x="${x}" y="${y}" ${attributes}>${escaped}</text>`
}

function shown (value: number): string {
  return String(Math.round(value * 1000) / 1000)
}
