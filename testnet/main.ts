/**
 * `npm run testnet`: a whole network of real processes plays a title and says what happened.
 */

import { Command, InvalidArgumentError, Option } from 'commander'
import { FAULTS, runTestnet } from './run.ts'

const wholeNumber = (least: number, most: number) => (text: string): number => {
  const value = Number(text)
  if (!Number.isInteger(value) || value < least || value > most) {
    throw new InvalidArgumentError(`give a whole number from ${least} to ${most}`)
  }
  return value
}

const program = new Command('testnet')
  .description('Starts a bootstrap, an origin, edges and peers as real processes; every peer plays one title.')
  .option('--nodes <n>', 'peers that listen', wholeNumber(1, 160), 20)
  .option('--edges <n>', 'edges', wholeNumber(0, 16), 1)
  .option('--seed <n>', 'of every random decision', wholeNumber(0, 2 ** 31), 1)
  .option('--file <path>', 'what to publish; the demo track unless given')
  .option('--speed <x>', 'playback seconds per second', wholeNumber(1, 4), 4)
  .option('--gap <ms>', 'between two listeners', wholeNumber(0, 600_000), 1000)
  .option('--segment <duration>', 'length of a segment', '10s')
  .option('--bitrate <rate>', 'of the only rendition', '128k')
  .option('--no-dht', 'run without the DHT')
  .option('--no-tracker', 'run without the tracker')
  .addOption(new Option('--fault <name...>', 'what goes wrong while they play').choices([...FAULTS]))
  .option('--json <path>', 'where to write the result as JSON', 'out/testnet.json')
  .option('--keep', 'keep the folder with data and logs')
  .action(async options => {
    process.exitCode = await runTestnet(options, { say: line => console.log(line) })
  })

await program.parseAsync()
