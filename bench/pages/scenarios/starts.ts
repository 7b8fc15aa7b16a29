/**
 * One who comes to an edge that has all, and meets nobody, so often that chance is seen.
 * in: a stage. out: the median time from pressing play to the first frame, of a page that is
 * loaded, and from opening the page on.
 */

import { median } from '../../rig/report.ts'
import { arrive, type Figures, type Stage } from '../stage.ts'

const STARTS_MS = 20_000

export async function starts (stage: Stage, count: number): Promise<Figures> {
  const warm: number[] = []
  const cold: number[] = []
  for (let i = 0; i < count; i++) {
    warm.push(await startOf(await arrive(stage), 'startUpMs'))
    const visitor = await stage.site.listener()
    await visitor.play()
    cold.push(await startOf(visitor, 'openedMs'))
  }
  return {
    [`alone, ${count} starts: page loaded, ms`]: median(warm).toFixed(0),
    [`alone, ${count} starts: from opening the page, ms`]: median(cold).toFixed(0)
  }
}

async function startOf (
  listener: Awaited<ReturnType<typeof arrive>>, from: 'startUpMs' | 'openedMs'
): Promise<number> {
  await listener.until(state => state[from] != null, STARTS_MS)
  const { [from]: ms = Number.NaN } = await listener.read()
  await listener.close()
  return ms
}
