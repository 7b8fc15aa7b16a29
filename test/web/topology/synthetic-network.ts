/**
 * A network that is made up, of nodes whose records are real: each has a key and signs.
 * in: how many. out: regions apart, near and far neighbours, edges, an origin; the same every time.
 */

import { generateKeyPairFromSeed } from '@libp2p/crypto/keys'
import { peerIdFromPrivateKey } from '@libp2p/peer-id'
import { multiaddr } from '@multiformats/multiaddr'
import type { Role } from '../../../protocols/exchange/index.ts'
import { type NodeDescription, NodeSigner } from '../../../protocols/tracker/index.ts'
import { seededRandom } from '../../../testnet/seeded-random.ts'

export interface SyntheticNode {
  id: string
  signer: NodeSigner
  description: NodeDescription
}

/** Milliseconds from one side of a region to the other, and between regions. */
const REGIONS: Record<string, { share: number, spreadMs: number }> = {
  'eu-central': { share: 0.42, spreadMs: 18 },
  'us-east': { share: 0.28, spreadMs: 24 },
  'ap-southeast': { share: 0.2, spreadMs: 40 },
  'sa-east': { share: 0.1, spreadMs: 30 }
}
const BETWEEN_MS = [0, 90, 160, 200]
const NEAR = 6
const FAR = 2
const SERVERS_A_REGION = 2

export async function syntheticNetwork (size: number, network: string): Promise<SyntheticNode[]> {
  const random = seededRandom(4)
  const names = Object.keys(REGIONS)
  const nodes = await Promise.all(Array.from({ length: size }, async (_, i) => {
    const region = pick(names, random())
    const role: Role = i === 0
      ? 'origin'
      : i <= SERVERS_A_REGION * names.length ? 'edge' : 'peer'
    return await nodeOf(i, network, i <= SERVERS_A_REGION * names.length
      ? names[i % names.length]!
      : region, role)
  }))
  const byRegion = Map.groupBy(nodes, ({ description }) => description.region)
  for (const node of nodes) {
    const home = byRegion.get(node.description.region)!
    for (let i = 0; i < NEAR / 2; i++) join(node, home[Math.floor(random() * home.length)]!, random)
    for (let i = 0; i < FAR / 2; i++) join(node, nodes[Math.floor(random() * size)]!, random)
    const edges = home.filter(({ description }) => description.role === 'edge')
    const edge = edges[Math.floor(random() * edges.length)]
    // Measured over HTTP, by the listener alone.
    if (edge != null && edge !== node) tell(node, edge, rttBetween(node, edge, random))
  }
  return nodes
}

async function nodeOf (
  i: number, network: string, region: string, role: Role
): Promise<SyntheticNode> {
  const seed = new Uint8Array(32)
  new DataView(seed.buffer).setUint32(0, i + 1)
  const privateKey = await generateKeyPairFromSeed('Ed25519', seed)
  const description: NodeDescription = {
    network,
    role,
    region,
    addresses: [multiaddr(`/ip4/127.0.0.1/tcp/${10_000 + i}`)],
    rtts: [],
    ...(role !== 'peer' && { http: `http://127.0.0.1:${20_000 + i}`, load: i % 5 / 4 })
  }
  const signer = new NodeSigner({ privateKey, describe: () => description })
  return { id: peerIdFromPrivateKey(privateKey).toString(), signer, description }
}

/** Both measure; not quite the same. */
function join (a: SyntheticNode, b: SyntheticNode, random: () => number): void {
  if (a === b) return
  const rttMs = rttBetween(a, b, random)
  tell(a, b, rttMs * (0.95 + 0.1 * random()))
  tell(b, a, rttMs * (0.95 + 0.1 * random()))
}

function tell ({ description }: SyntheticNode, to: SyntheticNode, rttMs: number): void {
  if (description.rtts.length < 32 && !description.rtts.some(({ peer }) => peer === to.id)) {
    description.rtts.push({ peer: to.id, rttMs })
  }
}

function rttBetween (a: SyntheticNode, b: SyntheticNode, random: () => number): number {
  const names = Object.keys(REGIONS)
  const [one, other] = [a, b].map(({ description }) => names.indexOf(description.region))
  const spreadMs = REGIONS[a.description.region]!.spreadMs
  return BETWEEN_MS[Math.abs(one! - other!)]! + 2 + spreadMs * (random() + random()) / 2
}

function pick (names: string[], at: number): string {
  let sum = 0
  return names.find(name => {
    sum += REGIONS[name]!.share
    return at < sum
  }) ?? names[0]!
}
