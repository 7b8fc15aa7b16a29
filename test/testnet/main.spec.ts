import { expect } from 'chai'
import { testnetCommand } from '../../testnet/main.ts'
import { speedFor } from '../../testnet/runner/command.ts'

async function parsed (...argv: string[]): Promise<Record<string, unknown>> {
  let flags: Record<string, unknown> = {}
  const command = testnetCommand({
    title: async given => { flags = { ...given } },
    scenario: async ({ name }, given) => { flags = { name, ...given } }
  })
  for (const each of [command, ...command.commands]) {
    each.exitOverride().configureOutput({ writeErr () {} })
  }
  await command.parseAsync(argv, { from: 'user' })
  return flags
}

describe('testnet/main', () => {
  it('has a default for everything but faults', async () => {
    expect(await parsed()).to.include({
      nodes: 20, edges: 1, seed: 1, speed: 4, gap: 1000, segment: '10s', bitrate: '128k',
      degree: 8, dht: true, tracker: true, json: 'out/testnet.json'
    })
  })

  it('takes what is given', async () => {
    const flags = await parsed('--nodes', '3', '--edges', '0', '--no-dht', '--no-tracker', '--keep',
      '--pack', '20', '--regions', '--degree', '5', '--json', 'x.json',
      '--fault', 'edge-lost', 'corrupt-peer')
    expect(flags).to.include({
      nodes: 3, edges: 0, dht: false, tracker: false, keep: true, pack: 20, regions: true,
      degree: 5, json: 'x.json'
    })
    expect(flags.fault).to.deep.equal(['edge-lost', 'corrupt-peer'])
  })

  it('has a command for each scenario, whose flags are its own', async () => {
    expect(await parsed('zipf-day')).to.include({
      name: 'zipf-day', nodes: 20, pack: 20, seed: 1, degree: 8, short: false
    })
    expect(await parsed('zipf-day', '--nodes', '40', '--pack', '10', '--seed', '3', '--short',
      '--report', 'out/day')).to.include({
      name: 'zipf-day', nodes: 40, pack: 10, seed: 3, short: true, report: 'out/day'
    })
  })

  it('plays slower where more listen, unless it is told', () => {
    expect([2, 20, 40, 80, 160].map(speedFor)).to.deep.equal([4, 4, 4, 2, 1])
  })

  const refused: Array<[string[], RegExp]> = [
    [['--nodes', '0'], /whole number from 1 to 160/],
    [['--nodes', 'many'], /whole number from 1 to 160/],
    [['--nodes', ''], /whole number from 1 to 160/],
    [['--speed', '5'], /whole number from 1 to 4/],
    [['--speed', '1.5'], /whole number from 1 to 4/],
    [['--fault', 'rain'], /tracker-lost, edge-lost, servers-lost, corrupt-peer/],
    [['--peers', '3'], /unknown option/],
    [['zipf-day', '--nodes', '1'], /whole number from 2 to 160/],
    [['zipf-day', '--gap', '3'], /unknown option/],
    [['rain'], /too many arguments|unknown command/]
  ]
  for (const [argv, says] of refused) {
    it(`refuses ${argv.join(' ')} and says what is allowed`, async () => {
      const err = await parsed(...argv).catch((err: Error) => err)
      expect((err as Error).message).to.match(says)
    })
  }
})
