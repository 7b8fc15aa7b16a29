/**
 * Four regions of a world, and how far they are from each other.
 * in: IP addresses in 127.0.0.0/8, which tell where their hosts are. out: delays.
 */

export const REGIONS = ['eu', 'us', 'asia', 'south'] as const
export type Region = typeof REGIONS[number]

/** Round trips between hosts of two regions, milliseconds, in the order of {@link REGIONS}. */
const RTT_MS = [
  [20, 60, 120, 200],
  [60, 20, 120, 200],
  [120, 120, 20, 120],
  [200, 200, 120, 20]
] as const

/** More networks of one process would need more bits than its number has. */
const HOSTS_PER_REGION = 62

export function rttBetween (one: Region, other: Region): number {
  return RTT_MS[REGIONS.indexOf(one)]![REGIONS.indexOf(other)]!
}

/**
 * The address of host `index` of a region, from 0. Other networks on this machine have other
 * processes, and so other addresses.
 */
export function addressIn (region: Region, index: number): string {
  if (index >= HOSTS_PER_REGION) {
    throw new Error(`a region of an emulated network has at most ${HOSTS_PER_REGION} hosts`)
  }
  const host = REGIONS.indexOf(region) * HOSTS_PER_REGION + index + 1
  return `127.${64 + ((process.pid >> 8) & 127)}.${process.pid & 255}.${host}`
}

/** Undefined of an address that is no host's. */
export function regionOf (address: string): Region | undefined {
  const [first, second, , last] = address.split('.').map(Number)
  if (first !== 127 || second! < 64 || last === 0) return undefined
  return REGIONS[Math.floor((last! - 1) / HOSTS_PER_REGION)]
}

/** One way, milliseconds; undefined where an address is no host's. */
export function delayBetween (one: string, other: string): number | undefined {
  const [here, there] = [regionOf(one), regionOf(other)]
  return here == null || there == null ? undefined : rttBetween(here, there) / 2
}
