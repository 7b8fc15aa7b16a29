/**
 * One transfer from fresh processes. in: a contender, a load, how many seeders. out: its rate, the
 * CPU time and the memory of both ends.
 */

import { ContenderProcess } from './contender-process.ts'
import type { Sink } from './contender.ts'
import type { Entrant } from './contenders.ts'

export interface TransferInit {
  pieceBytes: number
  totalBytes: number
  /** Moved before that: by 0 the programs have just started, and compile themselves meanwhile. */
  warmBytes: number
  sink: Sink
  seeders: number
}

export interface Transfer {
  bytesPerSecond: number
  /** CPU-seconds of all ends for each 10⁹ bytes. */
  cpuSecondsPerGB: number
  seederCpuSecondsPerGB: number
  /** The largest of the seeders'. */
  seederPeakBytes: number
  leecherPeakBytes: number
  /** By seeder, of all bytes; empty where it cannot be told. */
  shares: number[]
  /** Of what was received, what was of no use, headers included; NaN where it cannot be told. */
  waste: number
}

const GB = 1e9

export async function transfer (entrant: Entrant, init: TransferInit): Promise<Transfer> {
  const { pieceBytes, totalBytes, warmBytes, sink } = init
  const { module, execArgv = [] } = entrant
  const [warmPieces, count] = [warmBytes, totalBytes].map(bytes => Math.round(bytes / pieceBytes))
  const load = { module, execArgv, pieceBytes, sink, pieces: warmPieces! + count!, warmPieces }
  const ends: ContenderProcess[] = []
  const start = async (): Promise<ContenderProcess> => {
    const end = await ContenderProcess.start(load)
    ends.push(end)
    return end
  }
  try {
    const seeders = await Promise.all(Array.from({ length: init.seeders }, start))
    const tickets: unknown[] = []
    for (const seeder of seeders) tickets.push(await seeder.seed())
    const leecher = await start()
    await leecher.leech(tickets)
    if (warmPieces! > 0) await leecher.fetch({ first: 0, count: warmPieces! })
    for (const end of ends) end.resetPeak()
    const before = await cpuOf(ends)
    const { bytes, elapsedMs, bySeeder = [], receivedBytes } = await leecher.fetch(
      { first: warmPieces!, count: count! })
    const cpu = (await cpuOf(ends)).map((seconds, end) => seconds - before[end]!)
    if (bytes < totalBytes * 0.99) throw new Error(`${entrant.name} brought ${bytes} bytes only`)
    const gigabytes = bytes / GB
    return {
      bytesPerSecond: bytes / elapsedMs * 1000,
      cpuSecondsPerGB: sum(cpu) / gigabytes,
      seederCpuSecondsPerGB: sum(cpu.slice(0, -1)) / gigabytes,
      seederPeakBytes: Math.max(...seeders.map(({ peakBytes }) => peakBytes)),
      leecherPeakBytes: leecher.peakBytes,
      shares: bySeeder.map(seeded => seeded / bytes),
      waste: 1 - bytes / (receivedBytes ?? Number.NaN)
    }
  } finally {
    await Promise.all(ends.map(end => end.stop()))
  }
}

const cpuOf = (ends: ContenderProcess[]): Promise<number[]> =>
  Promise.all(ends.map(end => end.cpuSeconds()))

const sum = (values: number[]): number => values.reduce((sum, value) => sum + value, 0)
