/**
 * The players of the browser benchmark as scripts. in: a player's name. out: its files, bundled
 * with what listens to it, and what it weighs for a site.
 */

import { basename, join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { build, type BuildOptions } from 'esbuild'
import { pageBundles } from '../../daemon/web-page.ts'

export const PLAYERS = ['cdnd', 'p2p-media-loader', 'hls.js'] as const
export type PlayerName = typeof PLAYERS[number]

export interface PlayerScripts {
  /** By name; `index.js` is the one that a page names. */
  files: ReadonlyMap<string, Uint8Array>
  /** What a site adds to hls.js, packed by gzip, all of its files together. */
  addedGzipBytes: number
}

const HERE = import.meta.dirname
const PEERS = join(HERE, '..', 'peers')
const HLS = 'hls.js'

const ENTRIES: Record<PlayerName | 'cdnd-liar', string> = {
  cdnd: join(HERE, 'players', 'cdnd.ts'),
  'cdnd-liar': join(HERE, 'players', 'cdnd-liar.ts'),
  'p2p-media-loader': join(PEERS, 'p2p-media-loader.js'),
  'hls.js': join(HERE, 'players', 'plain.ts')
}

/** `isLiar`: where a player cannot lie by itself, what lies in its place. */
export async function playerScripts (name: PlayerName, isLiar = false): Promise<PlayerScripts> {
  const entry = ENTRIES[isLiar && name === 'cdnd' ? 'cdnd-liar' : name]
  const made = await build({
    ...optionsOf(name),
    // Connections are looked at from the first on, so what does that is imported first.
    stdin: {
      contents: ['./peer-connections.ts', entry, './listener-on-page.ts']
        .map(path => `import ${JSON.stringify(path)}`).join('\n'),
      resolveDir: HERE
    },
    entryPoints: [],
    write: false
  })
  const files = new Map((made.outputFiles ?? []).map(({ path, contents }) =>
    [basename(path).replace('stdin', 'index'), contents]))
  return { files, addedGzipBytes: await addedBytes(name) }
}

/** As each project builds what it ships: in parts and minified. */
function optionsOf (name: PlayerName): BuildOptions {
  const { alias: { [HLS]: _, ...alias } = {}, ...own } = pageBundles('player')[0]!
  if (name === 'cdnd') return { ...own, alias }
  const { plugins: _plugins, ...others } = own
  return { ...others, conditions: ['p2pml:core-as-bundle'] }
}

async function addedBytes (name: PlayerName): Promise<number> {
  if (name === HLS) return 0
  const contents = name === 'cdnd'
    ? `export * from ${JSON.stringify(join(HERE, '..', '..', 'web', 'player', 'index.ts'))}`
    : "export * from 'p2p-media-loader-hlsjs'"
  const { outputFiles = [] } = await build({
    ...optionsOf(name),
    stdin: { contents, resolveDir: PEERS },
    entryPoints: [],
    external: [HLS],
    write: false
  })
  return outputFiles.reduce((sum, file) => sum + gzipSync(file.contents).byteLength, 0)
}
