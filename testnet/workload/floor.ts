/**
 * What servers must send at least: every byte that anybody asked for, once.
 * in: who asked for which files. out: bytes.
 */

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
