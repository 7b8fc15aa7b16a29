/**
 * The inside of a contender's process. in: commands from the benchmark. out: an answer to each.
 */

import type { Contender, Leecher } from './contender.ts'
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
    case 'fetch all': return await fetchAll(started())
    case 'fetch one': return await fetchOne(started(), command.piece)
    case 'cpu': return process.cpuUsage()
  }
}

async function fetchAll (leecher: Leecher): Promise<TimedFetch> {
  const sinceMs = performance.now()
  const fetched = await leecher.fetchAll()
  return { ...fetched, elapsedMs: performance.now() - sinceMs }
}

async function fetchOne (leecher: Leecher, piece: number): Promise<number> {
  const sinceMs = performance.now()
  await leecher.fetchOne?.(piece)
  return performance.now() - sinceMs
}

function started (): Leecher {
  if (leecher == null) throw new Error('fetch before leech')
  return leecher
}

function answer (given: Answer): void {
  process.send?.(given)
}
