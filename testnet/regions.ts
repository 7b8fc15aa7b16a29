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

/** The last byte of an address, from 1; 255 would be a broadcast. */
export const HOSTS_PER_REGION = 254
/** 127.0 to 127.63 are for what is in no emulated network. */
const FIRST_BYTE = 64
/** Of 1024 addresses each, up to 127.255. */
const NETWORKS = (256 - FIRST_BYTE) * 64

export function rttBetween (one: Region, other: Region): number {
  return RTT_MS[REGIONS.indexOf(one)]![REGIONS.indexOf(other)]!
}

/**
 * The address of host `index` of a region, from 0. Other networks on this machine have other
 * processes, and so other addresses.
 */
export function addressIn (region: Region, index: number): string {
  if (index < 0 || index >= HOSTS_PER_REGION) {
    throw new Error(`a region of an emulated network has at most ${HOSTS_PER_REGION} hosts`)
  }
  const network = process.pid % NETWORKS
  const third = (network % 64) * 4 + REGIONS.indexOf(region)
  return `127.${FIRST_BYTE + Math.floor(network / 64)}.${third}.${index + 1}`
}

/** Undefined of an address that is no host's. */
export function regionOf (address: string): Region | undefined {
  return hostAt(address)?.region
}

/** Which host of which region an address is; undefined of one that is no host's. */
export function hostAt (address: string): { region: Region, index: number } | undefined {
  const [first, second, third, last] = address.split('.').map(Number)
  if (first !== 127 || second! < FIRST_BYTE || !(last! > 0 && last! <= HOSTS_PER_REGION)) {
    return undefined
  }
  return { region: REGIONS[third! % 4]!, index: last! - 1 }
}

/** One way, milliseconds; undefined where an address is no host's. */
export function delayBetween (one: string, other: string): number | undefined {
  const [here, there] = [regionOf(one), regionOf(other)]
  return here == null || there == null ? undefined : rttBetween(here, there) / 2
}
