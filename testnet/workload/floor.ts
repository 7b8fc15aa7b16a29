/**
 * What servers must send at least: every byte that anybody asked for, once.
 * in: who asked for which files. out: bytes.
 */

import type { Bounds } from '../run-record.ts'

export interface Asked {
  title: { id: string, files: ReadonlyArray<{ name: string, size: number }> }
  /** Names of the files that were asked for. */
  files: Iterable<string>
}

/** Distinct bytes of files; a title's manifest, some kilobytes, is not counted. */
export function floorBytes (asked: Iterable<Asked>): number {
  const sizes = new Map<string, number>()
  for (const { title, files } of asked) {
    const wanted = new Set(files)
    for (const { name, size } of title.files) {
      if (wanted.has(name)) sizes.set(`${title.id}/${name}`, size)
    }
  }
  return [...sizes.values()].reduce((sum, size) => sum + size, 0)
}

/** Somebody's own asking: what it asks for twice it has by then. */
export interface NodeAsked extends Asked { node: string }

/** What no system could do better for those who asked. */
export function boundsOf (asked: readonly NodeAsked[]): Bounds {
  const floor = floorBytes(asked)
  const byNode = Map.groupBy(asked, ({ node }) => node)
  const fetched = [...byNode.values()].reduce((sum, own) => sum + floorBytes(own), 0)
  return { floorBytes: floor, ceilingShare: fetched === 0 ? 0 : 1 - floor / fetched }
}
