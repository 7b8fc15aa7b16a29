import { expect } from 'chai'
import { dhtMode, isPrivateNetwork, natOf } from '../../daemon/reach.ts'
import type { Role } from '../../protocols/exchange/index.ts'

const HOME = '/ip4/192.168.1.2/tcp/4001'
const PUBLIC = '/ip4/8.8.8.8/tcp/4001'
const NAMED = '/dns4/bootstrap.example.org/tcp/4001'

interface Case {
  bootstrap?: string[]
  announceAddresses?: string[]
  listen?: string[]
  reach?: 'auto' | 'direct' | 'nat'
}

describe('daemon/reach', () => {
  const settings = (given: Case) =>
    ({
      bootstrap: [], announceAddresses: [], listen: ['/ip4/0.0.0.0/tcp/0'], reach: 'auto' as const,
      ...given
    })

  const networks: Array<[string, Case, boolean]> = [
    ['no address at all', {}, true],
    ['a bootstrap at home', { bootstrap: [HOME] }, true],
    ['a bootstrap here', { bootstrap: ['/ip4/127.0.0.1/tcp/1', '/ip6/::1/tcp/1'] }, true],
    ['one public bootstrap among others', { bootstrap: [HOME, PUBLIC] }, false],
    ['a bootstrap with a name', { bootstrap: [NAMED] }, false],
    ['a public address of our own', { bootstrap: [HOME], announceAddresses: [PUBLIC] }, false]
  ]
  for (const [what, given, isPrivate] of networks) {
    it(`takes a network with ${what} for ${isPrivate ? 'private' : 'the internet'}`, () => {
      expect(isPrivateNetwork(settings(given))).to.equal(isPrivate)
    })
  }

  const modes: Array<[string, Case, 'server' | 'client']> = [
    ['who listens at home', { bootstrap: [HOME] }, 'server'],
    ['who does not listen', { bootstrap: [HOME], listen: [] }, 'client'],
    ['who says in the internet how to be reached',
      { bootstrap: [PUBLIC], announceAddresses: [PUBLIC] }, 'server'],
    ['who may be behind NAT', { bootstrap: [PUBLIC] }, 'client'],
    ['who is behind NAT at home', { bootstrap: [HOME], reach: 'nat' }, 'client'],
    ['who can be dialled in the internet', { bootstrap: [PUBLIC], reach: 'direct' }, 'server']
  ]
  for (const [who, given, mode] of modes) {
    it(`makes ${who} a ${mode}`, () => {
      expect(dhtMode({ ...settings(given), dht: { enabled: true, mode: 'auto' } })).to.equal(mode)
    })
  }

  it('has bootstraps and edges relay, and peers met through them', () => {
    const nat = (role: Role, given: Case = {}) =>
      natOf({ ...settings({ bootstrap: [HOME], ...given }), role }).nat
    expect([nat('bootstrap'), nat('edge'), nat('origin')])
      .to.deep.equal([{ kind: 'relay' }, { kind: 'relay' }, undefined])
    expect(nat('peer')).to.deep.equal({ kind: 'client', mode: 'auto', anchors: [HOME] })
    expect(nat('peer', { reach: 'nat' })).to.include({ mode: 'nat' })
  })

  it('takes who says how to be reached for one who can be dialled, unless told otherwise', () => {
    const mode = (given: Case) =>
      natOf({ ...settings({ announceAddresses: [PUBLIC], ...given }), role: 'peer' }).nat
    expect([mode({}), mode({ reach: 'nat' })].map(nat => nat?.kind === 'client' && nat.mode))
      .to.deep.equal(['direct', 'nat'])
  })

  it('does as the settings say where they say it', () => {
    const mode = (enabled: boolean, mode: 'server' | 'client') =>
      dhtMode({ ...settings({ listen: [] }), dht: { enabled, mode } })
    expect([mode(true, 'server'), mode(true, 'client'), mode(false, 'server')])
      .to.deep.equal(['server', 'client', 'off'])
  })
})
