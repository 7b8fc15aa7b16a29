import * as dagCbor from '@ipld/dag-cbor'
import { multiaddr } from '@multiformats/multiaddr'
import { expect } from 'chai'
import fc from 'fast-check'
import {
  endorse, type NodeDescription, openRecord, type RecordRules
} from '../../../protocols/tracker/index.ts'
import { sealEnvelope } from '../../../protocols/tracker/envelope.ts'
import { NETWORK, NOW, refusal, testKey, testNode } from './nodes.ts'

const rules: RecordRules = { network: NETWORK, clock: () => NOW }

async function openAs (
  overrides: Partial<NodeDescription>, checks: RecordRules = rules
): Promise<string> {
  const { signer } = await testNode(1, overrides)
  return await refusal(signer.record().then(async envelope => await openRecord(envelope, checks)))
}

describe('protocols/tracker/record', () => {
  it('comes out as it went in', async () => {
    const rtts = [{ peer: 'landmark', rttMs: 12.5 }]
    const coordinate = { x: -3.5, y: 40, heightMs: 1.25, error: 0.5 }
    const { signer, peer, description } = await testNode(
      1, { role: 'edge', http: 'http://127.0.0.1:8080', rtts, coordinate, load: 0.5 }
    )
    const record = await openRecord(await signer.record(), rules)
    expect(record.peer.equals(peer)).to.equal(true)
    expect(record).to.deep.include({
      network: NETWORK,
      role: 'edge',
      region: 'eu',
      http: 'http://127.0.0.1:8080',
      rtts,
      coordinate,
      load: 0.5
    })
    expect(record.addresses.map(String)).to.deep.equal(description.addresses.map(String))
    expect(record.seq).to.equal(NOW)
  })

  it('refuses a record of which any byte was changed', async () => {
    const { signer } = await testNode(1)
    const envelope = await signer.record()
    await fc.assert(fc.asyncProperty(fc.nat(envelope.length - 1), fc.integer(
      { min: 1, max: 255 }
    ), async (at, flip) => {
      const changed = Uint8Array.from(envelope)
      changed[at] = changed[at]! ^ flip
      expect(await refusal(openRecord(changed, rules)))
        .to.be.oneOf(['RecordRefusedError signature', 'InvalidMessageError'])
    }), { numRuns: 60 })
  })

  it('refuses random bytes by name', async () => {
    await fc.assert(fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), async bytes => {
      expect(await refusal(openRecord(bytes, rules))).to.equal('InvalidMessageError')
    }), { numRuns: 100 })
  })

  it('refuses a signed payload of another shape by name', async () => {
    const key = await testKey(1)
    const shapes = fc.oneof(fc.uint8Array({ maxLength: 100 }), fc.dictionary(
      fc.string(), fc.anything()
    ).map(fields => {
      try {
        return dagCbor.encode(fields)
      } catch {
        return new Uint8Array()
      }
    }))
    await fc.assert(fc.asyncProperty(shapes, async payload => {
      expect(
        await refusal(openRecord(await sealEnvelope(payload, key), rules))
      ).to.equal('InvalidMessageError')
    }), { numRuns: 60 })
  })

  it('refuses a record of another network', async () => {
    expect(await openAs({}, { ...rules, network: 'other' })).to.equal('RecordRefusedError network')
  })

  it('refuses a record from the future, and one that is stale', async () => {
    expect(
      await openAs({}, { ...rules, clock: () => NOW - 121_000 })
    ).to.equal('RecordRefusedError clock')
    expect(await openAs({}, { ...rules, clock: () => NOW - 119_000 })).to.equal('nothing')
    expect(
      await openAs({}, { ...rules, clock: () => NOW + 3_601_000 })
    ).to.equal('RecordRefusedError clock')
  })

  it('refuses an address that names another peer', async () => {
    const { peer } = await testNode(2)
    const own = (await testNode(1)).peer
    const address = (text: string) => ({ addresses: [multiaddr(text)] })
    expect(
      await openAs(address(`/ip4/127.0.0.1/tcp/1/p2p/${peer}`))
    ).to.equal('RecordRefusedError address')
    expect(await openAs(address(`/ip4/127.0.0.1/tcp/1/p2p/${own}`))).to.equal('nothing')
    const relayed = `/ip4/127.0.0.1/tcp/1/p2p/${peer}/p2p-circuit`
    expect(await openAs(address(`${relayed}/p2p/${own}`))).to.equal('nothing')
    expect(await openAs(address(`${relayed}/p2p/${peer}`))).to.equal('RecordRefusedError address')
  })

  it('refuses HTTP from a listener, and a URL that is more than an origin', async () => {
    expect(
      await openAs({ role: 'peer', http: 'http://127.0.0.1:1' })
    ).to.equal('RecordRefusedError address')
    expect(
      await openAs({ role: 'edge', http: 'http://127.0.0.1:1/path' })
    ).to.equal('RecordRefusedError address')
    expect(
      await openAs({ role: 'edge', http: 'http://user@127.0.0.1:1' })
    ).to.equal('RecordRefusedError address')
    expect(
      await openAs({ role: 'edge', http: 'file:///etc/passwd' })
    ).to.equal('RecordRefusedError address')
    expect(await openAs({ role: 'origin', http: 'https://cdn.example' })).to.equal('nothing')
  })

  it('refuses an oversized envelope before it is decoded', async () => {
    expect(
      await refusal(openRecord(new Uint8Array(16 * 1024 + 1), rules))
    ).to.equal('RecordRefusedError too-large')
  })

  it('keeps to the caps on addresses and RTTs when it is made', async () => {
    const addresses = Array.from({ length: 40 }, (_, i) => multiaddr(`/ip4/127.0.0.1/tcp/${i + 1}`))
    const rtts = Array.from({ length: 80 }, (_, i) => ({ peer: `p${i}`, rttMs: i }))
    const record = await openRecord(
      await (await testNode(1, { addresses, rtts })).signer.record(), rules
    )
    expect(record.addresses).to.have.length(16)
    expect(record.rtts).to.have.length(32)
  })

  it('takes an edge only with the operator’s word, where the network has an operator', async () => {
    const operator = await testKey(9)
    const { peer } = await testNode(1)
    const edge = { role: 'edge' as const, http: 'http://127.0.0.1:8080' }
    const checks = { ...rules, operatorKey: operator.publicKey }
    const endorsed = { network: NETWORK, peer, ...edge }
    const good = await endorse(endorsed, operator)
    expect(await openAs({ ...edge, endorsement: good }, checks)).to.equal('nothing')
    expect(await openAs(edge, checks)).to.equal('RecordRefusedError endorsement')
    expect(await openAs({ ...edge, http: 'http://127.0.0.1:9', endorsement: good }, checks))
      .to.equal('RecordRefusedError endorsement')
    expect(await openAs({ ...edge, role: 'origin', endorsement: good }, checks))
      .to.equal('RecordRefusedError endorsement')
    const byAnother = await endorse(endorsed, await testKey(8))
    expect(
      await openAs({ ...edge, endorsement: byAnother }, checks)
    ).to.equal('RecordRefusedError endorsement')
    const ofAnother = await endorse({ ...endorsed, peer: (await testNode(2)).peer }, operator)
    expect(
      await openAs({ ...edge, endorsement: ofAnother }, checks)
    ).to.equal('RecordRefusedError endorsement')
    expect(await openAs({ role: 'peer' }, checks)).to.equal('nothing')
  })
})
