import { randomBytes } from 'node:crypto'
import { generateKeyPair } from '@libp2p/crypto/keys'
import type { PrivateKey } from '@libp2p/interface'
import { peerIdFromPrivateKey } from '@libp2p/peer-id'
import { expect } from 'chai'
import { LinkStateTable } from '../../../daemon/routing/index.ts'
import { RecordCheck, type TopicRules } from '../../../daemon/routing/record-check.ts'
import { Reputation } from '../../../daemon/routing/reputation.ts'
import { type LinkState, openLinkState, sealLinkState } from '../../../protocols/rtt/index.ts'

const MINUTE_MS = 60_000
const ANYTHING: TopicRules = { fits: () => true, hasRoom: () => true }

describe('daemon/routing/record-check', () => {
  let now: number
  let seq: number
  let key: PrivateKey
  let table: LinkStateTable
  let reputation: Reputation
  let opened: number
  let check: RecordCheck

  before(async () => { key = await generateKeyPair('Ed25519') })

  beforeEach(() => {
    now = 1_700_000_000_000
    seq = 1
    opened = 0
    const clock = () => now
    table = new LinkStateTable({ clock })
    reputation = new Reputation({ clock })
    check = new RecordCheck({
      table,
      reputation,
      clock,
      onTaken: () => {},
      open: bytes => {
        opened++
        return openLinkState(bytes, { network: 'test', clock })
      }
    })
  })

  const sealed = (changes: Partial<LinkState> = {}, by = key) => sealLinkState({
    network: 'test', role: 'peer', region: 'eu', seq: seq++, issuedAtMs: now,
    links: [], relays: true, ...changes
  }, by)
  const taking = (bytes: Uint8Array, rules = ANYTHING) => check.check(bytes, 'passer', rules)
  const dropped = () => Object.fromEntries(check.dropped)

  it('takes a sound record, and passes it on', async () => {
    const bytes = await sealed()
    expect(await taking(bytes)).to.equal('accept')
    expect(table.get(peerIdFromPrivateKey(key))?.region).to.equal('eu')
    expect(check).to.include({ taken: 1, takenBytes: bytes.byteLength })
    expect(reputation.of('passer')).to.equal(100)
  })

  it('rejects forged records, and whoever passes them on is soon not listened to', async () => {
    const bytes = await sealed()
    bytes[bytes.length - 1]! ^= 1
    for (let time = 0; time < 3; time++) expect(await taking(bytes)).to.equal('reject')
    expect(dropped()).to.deep.equal({ forged: 3 })
    expect(reputation.isShunned('passer')).to.equal(true)
    opened = 0
    expect(await taking(await sealed())).to.equal('ignore')
    expect(opened).to.equal(0)
  })

  it('rejects what is no record, and records of another network', async () => {
    expect(await taking(randomBytes(300))).to.equal('reject')
    expect(await taking(await sealed({ network: 'other' }))).to.equal('reject')
    expect(dropped()).to.deep.equal({ forged: 2 })
  })

  it('rejects what is too large, without reading it', async () => {
    expect(await taking(randomBytes(1025))).to.equal('reject')
    expect(dropped()).to.deep.equal({ oversized: 1 })
    expect(opened).to.equal(0)
  })

  it('rejects what does not belong on the topic', async () => {
    const rules = { ...ANYTHING, fits: ({ region }: LinkState) => region === 'us' }
    expect(await taking(await sealed(), rules)).to.equal('reject')
    expect(dropped()).to.deep.equal({ misplaced: 1 })
    expect(table.size).to.equal(0)
  })

  it('ignores records from the future and from long ago', async () => {
    expect(await taking(await sealed({ issuedAtMs: now + 3 * MINUTE_MS }))).to.equal('ignore')
    expect(await taking(await sealed({ issuedAtMs: now - 30 * MINUTE_MS }))).to.equal('ignore')
    expect(dropped()).to.deep.equal({ clock: 2 })
  })

  it('ignores a replay, and a record older than the one it has', async () => {
    const [first, second] = [await sealed(), await sealed({ issuedAtMs: now + MINUTE_MS })]
    expect(await taking(second)).to.equal('accept')
    expect(await taking(second)).to.equal('ignore')
    expect(await taking(first)).to.equal('ignore')
    expect(dropped()).to.deep.equal({ stale: 2 })
  })

  it('ignores the records of who tells too often, without blaming the messenger', async () => {
    expect(await taking(await sealed())).to.equal('accept')
    expect(await taking(await sealed({ issuedAtMs: now + 14_000 }))).to.equal('ignore')
    expect(await taking(await sealed({ issuedAtMs: now + 30_000 }))).to.equal('accept')
    expect(dropped()).to.deep.equal({ hasty: 1 })
    expect(reputation.of('passer')).to.equal(100)
  })

  it('takes nobody new where there is no room, but hears those it knows', async () => {
    expect(await taking(await sealed())).to.equal('accept')
    const full = { ...ANYTHING, hasRoom: () => false }
    const stranger = await generateKeyPair('Ed25519')
    expect(await taking(await sealed({}, stranger), full)).to.equal('ignore')
    expect(await taking(await sealed({ issuedAtMs: now + MINUTE_MS }), full)).to.equal('accept')
    expect(dropped()).to.deep.equal({ full: 1 })
  })

  it('does not hear a liar, whoever passes its records on', async () => {
    const liar = peerIdFromPrivateKey(key).toString()
    for (let time = 0; time < 3; time++) reputation.blame(liar, 'lie')
    expect(await taking(await sealed())).to.equal('ignore')
    expect(dropped()).to.deep.equal({ shunned: 1 })
  })

  it('checks few signatures for one that floods, and all for another', async () => {
    const full = { ...ANYTHING, hasRoom: () => false }
    const record = await sealed()
    for (let time = 0; time < 1_100; time++) await check.check(record, 'flooder', full)
    expect(opened).to.equal(1024)
    expect(dropped()).to.deep.include({ full: 1024 })
    expect(reputation.isShunned('flooder')).to.equal(true)
    expect(await taking(record)).to.equal('accept')
  })
})
