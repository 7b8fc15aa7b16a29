/**
 * An ingest in a process of its own, to be killed.
 * argv: the rig's folder, a media file, the stage to stand still in.
 * It says `now` there and does nothing more.
 */

import { writeSync } from 'node:fs'
import type { IngestProgress } from '../../origin/index.ts'
import { openRig } from './ingest-rig.ts'

const [folder, path, stage] = process.argv.slice(2) as [string, string, IngestProgress['stage']]
const { ingest } = await openRig(folder)
await ingest.publish({ path, segmentMs: 2000, blockBytes: 16_384 }, {
  onProgress: progress => {
    if (progress.stage !== stage) return
    writeSync(1, 'now\n')
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)
  }
})
