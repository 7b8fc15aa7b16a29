import { expect } from 'chai'
import { CID } from 'multiformats/cid'
import type { Inventory, ServingLimits } from '../../protocols/exchange/index.ts'
import type { Conduct } from '../../testnet/conduct.ts'
import { Misconduct } from '../../testnet/misconduct.ts'

const BLOCK = CID.parse('bafkreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52zy')
const TITLE = BLOCK

class OwnLimits implements ServingLimits {
  readonly events = new EventTarget()
  readonly #rate = 1000
  isMetered = false
  get uploadBytesPerSecond (): number { return this.#rate }
  get parallelTransfers (): number { return 16 }
}

function rig (conduct?: Conduct) {
  const bytes = Uint8Array.of(1, 2, 3)
  const own: Inventory = {
    events: new EventTarget(),
    holdings: () => [{ rendition: '128k', base: 0, bitfield: Uint8Array.of(7) }],
    get: async () => bytes
  }
  const misconduct = new Misconduct(conduct)
  const { inventory, servingLimits } = misconduct.components
  const ownLimits = new OwnLimits()
  return {
    misconduct, bytes, ownLimits, inventory: inventory!(own), limits: servingLimits!(ownLimits)
  }
}

describe('testnet/misconduct', () => {
  it('alters nothing where nothing is asked for', async () => {
    const { inventory, limits, bytes } = rig()
    expect(await inventory.get(BLOCK)).to.equal(bytes)
    expect([limits.uploadBytesPerSecond, limits.parallelTransfers, limits.isMetered])
      .to.deep.equal([1000, 16, false])
  })

  it('alters one bit of what a polluter sends, and not what it holds', async () => {
    const { inventory, bytes } = rig({ misdeed: 'polluter' })
    expect([...(await inventory.get(BLOCK))!]).to.deep.equal([0, 2, 3])
    expect([...bytes]).to.deep.equal([1, 2, 3])
    const held = Buffer.from([1, 2, 3])
    const { components } = new Misconduct({ misdeed: 'polluter' })
    const ofDisk = components.inventory!({ ...inventory, get: async () => held })
    expect([...(await ofDisk.get(BLOCK))!, ...held]).to.deep.equal([0, 2, 3, 1, 2, 3])
  })

  it('has a liar tell of what it does not give', async () => {
    const { inventory } = rig({ misdeed: 'liar' })
    expect(inventory.holdings(TITLE)).to.have.lengthOf(1)
    expect(await inventory.get(BLOCK)).to.equal(undefined)
  })

  it('has a free rider serve nobody, and one always busy start nothing', () => {
    expect(rig({ misdeed: 'free-rider' }).limits.isMetered).to.equal(true)
    expect(rig({ misdeed: 'busy' }).limits.parallelTransfers).to.equal(0)
  })

  it('reads late off a slow disk', async () => {
    const { inventory } = rig({ diskDelayMs: 10 })
    const startMs = performance.now()
    await inventory.get(BLOCK)
    expect(performance.now() - startMs).to.be.at.least(9)
  })

  it('changes at once, and says so as limits of its own do', () => {
    const { misconduct, limits, ownLimits } = rig()
    let changes = 0
    limits.events!.addEventListener('change', () => { changes++ })
    expect(misconduct.change({ misdeed: 'busy' })).to.deep.equal({})
    expect(limits.parallelTransfers).to.equal(0)
    ownLimits.events.dispatchEvent(new Event('change'))
    expect(changes).to.equal(2)
    expect(misconduct.change({})).to.deep.equal({ misdeed: 'busy' })
    expect(limits.parallelTransfers).to.equal(16)
  })
})
