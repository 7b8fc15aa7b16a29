import { expect } from 'chai'
import { simCommand, type SimFlags } from '../../../testnet/sim/main.ts'

async function flagsOf (...args: string[]): Promise<SimFlags> {
  let given: SimFlags | undefined
  const command = simCommand(async flags => { given = flags })
  await command.exitOverride().configureOutput({ writeErr: () => {} })
    .parseAsync(args, { from: 'user' })
  return given!
}

describe('testnet/sim/main', () => {
  it('plays a day of all its plays unless told otherwise', async () => {
    expect(await flagsOf()).to.include({ scenario: 'zipf-day', nodes: 160, speed: 4, sweep: false })
    expect(await flagsOf()).to.not.have.property('plays')
    expect(await flagsOf('--plays', '3')).to.include({ plays: 3 })
  })

  it('offers no scenario in which something goes wrong', async () => {
    const err = await flagsOf('--scenario', 'churn').catch((err: Error) => err)
    expect(err).to.be.instanceOf(Error).with.property('message').that.includes('zipf-day')
  })

  it('refuses a number of nodes that is none', async () => {
    const err = await flagsOf('--nodes', 'many').catch((err: Error) => err)
    expect(err).to.be.instanceOf(Error).with.property('message').that.includes('whole number')
  })
})
