/**
 * What of the player comes late: the page's node, and what goes with it.
 * in: settings. out: a started node, and the files of titles from it.
 */

import type { CID } from 'multiformats/cid'
import { contentIdIn } from '../../protocols/content/index.ts'
import { createPageNode, type PageNode, type PageNodeInit } from '../node/index.ts'
import { plainFile } from './plain-file.ts'
import { TitleFiles } from './title-files.ts'

export interface OpenedNode {
  node: PageNode
  files: TitleFiles
}

export async function openNode (init: PageNodeInit): Promise<OpenedNode> {
  const node = await createPageNode(init)
  await node.start()
  return { node, files: new TitleFiles(node) }
}

/**
 * The content ID that a title's name in a URL stands for; undefined when the gateway names none.
 *
 * @throws FileAnswerError, and what fetch throws
 */
export async function contentOf (
  base: string, id: string, options: { signal?: AbortSignal }
): Promise<CID | undefined> {
  const content = contentIdIn(id)
  if (content != null) return content
  const { bytes } = await plainFile(`${base}/content/${encodeURIComponent(id)}`, options)
  const { id: named } = Object(JSON.parse(new TextDecoder().decode(bytes))) as { id?: unknown }
  return typeof named === 'string' ? contentIdIn(named) : undefined
}
