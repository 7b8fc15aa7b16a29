/**
 * The wires of listeners' homes, which differ: most can fetch much faster than they can pass on.
 * in: a seed, a name. out: bytes per second up and down, the same for the same seed and name.
 */

import { seededRandom } from './seeded-random.ts'
import type { HostShape } from './wires.ts'

const MBIT = 125_000

/** Up to which of a hundred homes have so many Mbit/s: mobile, ADSL, VDSL, cable, fibre. */
const HOMES = [
  { upTo: 15, up: 5, down: 20 },
  { upTo: 30, up: 1, down: 16 },
  { upTo: 55, up: 10, down: 50 },
  { upTo: 80, up: 20, down: 250 },
  { upTo: 100, up: 100, down: 200 }
] as const

/** For peers, and players beside them, whose names end in `peer-7`; unlimited for others. */
export function homeWires (seed: number): (name: string) => HostShape {
  return name => {
    const [, number] = /peer-(\d+)$/.exec(name) ?? []
    if (number == null) return {}
    const at = seededRandom(Math.imul(seed + 1, 0x85ebca6b) ^ Number(number))() * 100
    const { up, down } = HOMES.find(({ upTo }) => at < upTo)!
    return { uploadBytesPerSecond: up * MBIT, downloadBytesPerSecond: down * MBIT }
  }
}
