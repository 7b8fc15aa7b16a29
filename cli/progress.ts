/**
 * A bar for long work, on stderr, in a terminal only.
 */

import ora, { type Ora } from 'ora'

const CELLS = 24

export interface Progress {
  /** `share` is 0 … 1 of the whole. */
  show (what: string, share: number): void
  /** Clears the bar. */
  end (): void
}

/** Nothing is written where `stream` is not a terminal. */
export function progressOn (stream: NodeJS.WriteStream): Progress {
  let spinner: Ora | undefined
  return {
    show (what, share) {
      if (!stream.isTTY) return
      spinner ??= ora({ stream, discardStdin: false, isEnabled: true }).start()
      spinner.text = `${bar(share)} ${what}`
    },
    end () {
      spinner?.stop()
      spinner = undefined
    }
  }
}

/** `████████░░░░  33%` */
export function bar (share: number): string {
  const shown = Math.min(1, Math.max(0, share))
  const full = Math.floor(shown * CELLS)
  const percent = `${Math.floor(shown * 100)}%`.padStart(4)
  return `${'█'.repeat(full)}${'░'.repeat(CELLS - full)} ${percent}`
}
