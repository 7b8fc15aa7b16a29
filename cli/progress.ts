/**
 * A bar for long work, on stderr, in a terminal only.
 */

import type { Ora } from 'ora'

const CELLS = 24

export interface Progress {
  /** `share` is 0 … 1 of the whole. */
  show (what: string, share: number): void
  /** Clears the bar. */
  end (): void
}

/** Nothing is written where `stream` is not a terminal. */
export function progressOn (stream: NodeJS.WriteStream): Progress {
  let text: string | undefined
  let spinner: Ora | undefined
  return {
    show (what, share) {
      if (!stream.isTTY) return
      // The work goes on without a bar, as when an upgrade has replaced what draws it.
      if (text === undefined) spin().catch(() => {})
      text = `${bar(share)} ${what}`
      if (spinner !== undefined) spinner.text = text
    },
    end () {
      text = undefined
      spinner?.stop()
      spinner = undefined
    }
  }

  /** Loaded here, for it takes 18 ms that a daemon with nothing to show need not spend. */
  async function spin (): Promise<void> {
    const { default: ora } = await import('ora')
    if (text === undefined || spinner !== undefined) return
    spinner = ora({ text, stream, discardStdin: false, isEnabled: true }).start()
  }
}

/** `████████░░░░  33%` */
export function bar (share: number): string {
  const shown = Math.min(1, Math.max(0, share))
  const full = Math.floor(shown * CELLS)
  const percent = `${Math.floor(shown * 100)}%`.padStart(4)
  return `${'█'.repeat(full)}${'░'.repeat(CELLS - full)} ${percent}`
}
