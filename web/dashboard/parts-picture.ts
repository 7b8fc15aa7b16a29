/**
 * Who holds which part of a title, drawn: a row each, and above them how many copies there are of
 * each part. in: parts. out: pixels, and the part under the pointer or chosen by the arrow keys.
 */

import { palette } from '../topology/palette.ts'
import { shortId } from '../topology/words.ts'
import type { Parts } from './parts.ts'
import { colourOf } from './sources.ts'

/** Undefined row: the copies of a part. */
export interface Cell { row: number, part: number }

const COPIES_PX = 40
const GAP_PX = 8
const LABEL_PX = 96
/** Rows are as high as they fit, servers' a little more; named where the names fit. */
const ROOM_PX = 420
const MOST_PX = 18
const LEAST_PX = 2
const SERVER_PX = 6
const MAX_HIGH_SERVERS = 24
const NAMED_FROM_PX = 12

export class PartsPicture {
  readonly #canvas: HTMLCanvasElement
  readonly #look: (cell: Cell | undefined) => void
  #parts: Parts = { rows: [], copies: [] }
  /** Where each row begins, and the last ends. */
  #tops: number[] = []
  #cell: Cell | undefined

  constructor (canvas: HTMLCanvasElement, look: (cell: Cell | undefined) => void) {
    this.#canvas = canvas
    this.#look = look
    canvas.addEventListener('pointermove', ({ offsetX, offsetY }) => {
      this.#choose(this.#cellAt(offsetX, offsetY))
    })
    canvas.addEventListener('pointerleave', () => { this.#choose(undefined) })
    canvas.addEventListener('blur', () => { this.#choose(undefined) })
    canvas.addEventListener('keydown', event => { this.#step(event) })
    new ResizeObserver(() => { this.draw() }).observe(canvas.parentElement!)
  }

  show (parts: Parts): void {
    this.#parts = parts
    this.#tops = topsOf(parts)
    this.#canvas.hidden = parts.rows.length === 0
    this.draw()
  }

  draw (): void {
    const { rows, copies } = this.#parts
    if (rows.length === 0) return
    const scale = devicePixelRatio
    const height = this.#tops.at(-1)!
    this.#canvas.style.height = `${height}px`
    const width = this.#canvas.clientWidth
    this.#canvas.width = Math.round(width * scale)
    this.#canvas.height = Math.round(height * scale)
    const context = this.#canvas.getContext('2d')!
    context.scale(scale, scale)
    this.#drawCopies(context, copies)
    for (const [i] of rows.entries()) this.#drawRow(context, i)
    if (this.#cell != null) this.#drawCell(context, this.#cell)
  }

  #drawCopies (context: CanvasRenderingContext2D, copies: readonly number[]): void {
    const most = Math.max(...copies, 1)
    const { quiet, accent } = palette()
    const least = Math.min(...copies)
    for (const [i, some] of copies.entries()) {
      const height = Math.max(1, some / most * COPIES_PX)
      context.fillStyle = some === least ? accent : quiet
      context.fillRect(this.#left(i), COPIES_PX - height, this.#partPx - 0.5, height)
    }
    this.#label(context, `${Math.round(most * 10) / 10} copies`, 10)
    this.#label(context, 'at most', 24)
  }

  #drawRow (context: CanvasRenderingContext2D, i: number): void {
    const { role, id, shares, isKnown } = this.#parts.rows[i]!
    const y = this.#tops[i]!
    const whole = this.#tops[i + 1]! - y
    const height = whole > 4 ? whole - 1 : whole
    context.fillStyle = colourOf(role === 'edge' || role === 'origin' ? role : 'peer')
    for (const [part, share] of shares.entries()) {
      if (share === 0) continue
      context.globalAlpha = 0.12 + share * (isKnown ? 0.88 : 0.3)
      context.fillRect(this.#left(part), y, this.#partPx - 0.5, height)
    }
    context.globalAlpha = 1
    if (whole >= NAMED_FROM_PX) {
      const name = role === 'peer' ? shortId(id) : `${role} ${id.slice(-4)}`
      this.#label(context, name, y + height / 2 + 4)
    } else if (i === 0) {
      this.#label(context, role === 'peer' ? 'peers' : 'servers', y + 9)
    } else if (role === 'peer' && this.#parts.rows[i - 1]!.role !== 'peer') {
      this.#label(context, 'peers', Math.max(y, this.#tops[0]! + NAMED_FROM_PX) + 9)
    }
  }

  #drawCell (context: CanvasRenderingContext2D, { row, part }: Cell): void {
    const y = row < 0 ? 0 : this.#tops[row]!
    const height = row < 0 ? COPIES_PX : this.#tops[row + 1]! - y
    context.strokeStyle = palette().text
    context.lineWidth = 1.5
    context.strokeRect(this.#left(part), y, this.#partPx, height)
  }

  #label (context: CanvasRenderingContext2D, text: string, y: number): void {
    context.font = '11px system-ui, sans-serif'
    context.fillStyle = palette().quiet
    context.fillText(text, 0, y, LABEL_PX - 6)
  }

  #cellAt (x: number, y: number): Cell | undefined {
    const part = Math.floor((x - LABEL_PX) / this.#partPx)
    if (part < 0 || part >= this.#parts.copies.length) return undefined
    if (y <= COPIES_PX) return { row: -1, part }
    const row = this.#tops.findLastIndex(top => top <= y)
    return row < 0 || row >= this.#parts.rows.length ? undefined : { row, part }
  }

  #step (event: KeyboardEvent): void {
    const steps: Record<string, [number, number]> = {
      ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0]
    }
    const step = steps[event.key]
    if (step == null) return
    event.preventDefault()
    const { row, part } = this.#cell ?? { row: -1, part: -step[1] }
    const within = (value: number, least: number, beyond: number): number =>
      Math.max(least, Math.min(beyond - 1, value))
    this.#choose({
      row: within(row + step[0], -1, this.#parts.rows.length),
      part: within(part + step[1], 0, this.#parts.copies.length)
    })
  }

  #choose (cell: Cell | undefined): void {
    if (cell?.row === this.#cell?.row && cell?.part === this.#cell?.part) return
    this.#cell = cell
    this.draw()
    this.#look(cell)
  }

  get #partPx (): number {
    return (this.#canvas.clientWidth - LABEL_PX) / Math.max(1, this.#parts.copies.length)
  }

  #left (part: number): number {
    return LABEL_PX + part * this.#partPx
  }
}

function topsOf ({ rows }: Parts): number[] {
  const usualPx = Math.max(LEAST_PX, Math.min(MOST_PX, Math.floor(ROOM_PX / rows.length)))
  const servers = rows.filter(({ role }) => role !== 'peer').length
  const serverPx = servers <= MAX_HIGH_SERVERS ? Math.max(SERVER_PX, usualPx) : usualPx
  const tops = [COPIES_PX + GAP_PX]
  for (const { role } of rows) tops.push(tops.at(-1)! + (role === 'peer' ? usualPx : serverPx))
  return tops
}
