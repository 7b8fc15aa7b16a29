/**
 * `endorse`: a network operator's word that an edge or origin may serve it. Needs no daemon.
 * in: the operator's key file, and who may serve as what, where. out: the settings to write down.
 */

import { peerIdFromString } from '@libp2p/peer-id'
import { Command, Option } from 'commander'
import { base16 } from 'multiformats/bases/base16'
import { url } from '../../daemon/config-values.ts'
import { InvalidArgumentError } from '../../protocols/errors.ts'
import { loadOrCreateKey } from '../../protocols/identity.ts'
import { endorse, type Endorsed } from '../../protocols/tracker/index.ts'
import { act, type CliContext, type GlobalOptions } from '../context.ts'
import type { Result } from '../output.ts'

interface EndorseOptions extends GlobalOptions {
  key: string
  network: string
  peer: string
  role: 'edge' | 'origin'
  http: string
}

export function endorseCommand (context: CliContext): Command {
  return new Command('endorse')
    .description('Vouch, as a network’s operator, for an edge or origin')
    .requiredOption('--key <file>', 'the operator’s key, made when there is none')
    .option('--network <name>', 'the network it may serve', 'main')
    .requiredOption('--peer <id>', 'its peer ID, as its ready line and "status" say it')
    .addOption(new Option('--role <role>', 'what it is').choices(['edge', 'origin'])
      .makeOptionMandatory())
    .requiredOption('--http <url>', 'its publicUrl, under which others reach its gateway')
    .action(act<EndorseOptions>(context, async (_args, options) => await vouch(options)))
}

async function vouch ({ key, network, peer, role, http }: EndorseOptions): Promise<Result> {
  const endorsed: Endorsed = { network, peer: peerIdOf(peer), role, http: url(http) }
  const operator = await loadOrCreateKey(key)
  const data = {
    network,
    peer,
    role,
    publicUrl: endorsed.http,
    operatorKey: base16.baseEncode(operator.publicKey.raw),
    endorsement: base16.baseEncode(await endorse(endorsed, operator))
  }
  return { data, text: settings(data) }
}

/** YAML, to be pasted. */
function settings (
  { network, peer, role, publicUrl, operatorKey, endorsement }: Record<string, string | undefined>
): string {
  return [
    `# every node of network ${network}`, `operatorKey: ${operatorKey}`, '',
    `# the ${role} ${peer}`, `publicUrl: ${publicUrl}`, `endorsement: ${endorsement}`
  ].join('\n')
}

function peerIdOf (text: string): Endorsed['peer'] {
  try {
    return peerIdFromString(text)
  } catch (cause) {
    throw new InvalidArgumentError(`"${text}" is not a peer ID (12D3…)`, { cause })
  }
}
