/**
 * The thousands that one node hears of, in a process of their own, so that their work is not taken
 * for the node's. in: arguments. out: `ready`, then how much they told, when asked by a line.
 */

import { createInterface } from 'node:readline'
import { seededRandom } from '../../testnet/seeded-random.ts'
import { GossipFeed } from './gossip-feed.ts'

const [address, id, nodes, keepsPace] = process.argv.slice(2)
const feed = await GossipFeed.open({
  address: address!, id: id!, nodes: Number(nodes), keepsPace: keepsPace === 'true',
  random: seededRandom(2)
})
console.log(JSON.stringify({ bits: feed.bits, tellers: feed.tellers, told: feed.told }))
for await (const _ of createInterface(process.stdin)) {
  console.log(JSON.stringify({ bits: feed.bits, tellers: feed.tellers, told: feed.told }))
}
await feed.close()
process.exit()
