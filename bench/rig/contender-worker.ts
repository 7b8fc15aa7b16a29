/**
 * The inside of a contender's process. in: commands from the benchmark. out: an answer to each.
 */

import type { Contender, Leecher, Part } from './contender.ts'
import type { Answer, Command, TimedFetch } from './contender-process.ts'

const contender: Contender = await import(process.argv[2] ?? '')
let leecher: Leecher | undefined

process.on('message', command => {
  carryOut(command as Command).then(
    value => { answer({ value }) },
    (err: Error) => { answer({ error: err.stack ?? String(err) }) }
  )
})
process.on('disconnect', () => process.exit())

async function carryOut (command: Command): Promise<unknown> {
  switch (command.do) {
    case 'seed': return await contender.seed(command.load)
    case 'leech': leecher = await contender.leech(command.load, command.tickets); return
    case 'fetch': return await fetch(started(), command.part)
    case 'fetch one by one': return await fetchOneByOne(started(), command.part)
    case 'cpu': return process.cpuUsage()
  }
}

async function fetch (leecher: Leecher, part: Part): Promise<TimedFetch> {
  const sinceMs = performance.now()
  const fetched = await leecher.fetch(part)
  return { ...fetched, elapsedMs: performance.now() - sinceMs }
}

async function fetchOneByOne (
  { fetchOne }: Leecher, { first, count }: Part
): Promise<number[]> {
  if (fetchOne == null) throw new Error('this contender fetches no single pieces')
  const tookMs: number[] = []
  for (let piece = first; piece < first + count; piece++) {
    const sinceMs = performance.now()
    await fetchOne(piece)
    tookMs.push(performance.now() - sinceMs)
  }
  return tookMs
}

function started (): Leecher {
  if (leecher == null) throw new Error('fetch before leech')
  return leecher
}

function answer (given: Answer): void {
  process.send?.(given)
}
