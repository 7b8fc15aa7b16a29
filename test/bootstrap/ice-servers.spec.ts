import { createHmac } from 'node:crypto'
import { expect } from 'chai'
import { iceServers, TURN_PASSWORD_MS } from '../../bootstrap/ice-servers.ts'

const stun = ['stun:a.example:3478']
const turn = ['turn:b.example:3478?transport=udp']
const clock = () => 1_700_000_000_000

describe('bootstrap/ice-servers', () => {
  it('names none where none are set', () => {
    expect(iceServers({ stun: [], turn: [] })).to.deep.equal([])
    expect(iceServers({ stun, turn: [] })).to.deep.equal([{ urls: stun }])
  })

  it('gives a password that a TURN server with the secret makes of the name', () => {
    const [, relay] = iceServers({ stun, turn, turnSecret: 'hidden' }, clock)
    expect(relay!.urls).to.deep.equal(turn)
    const [ends, visit] = relay!.username!.split(':')
    expect(Number(ends)).to.equal((clock() + TURN_PASSWORD_MS) / 1000)
    expect(visit).to.match(/^[0-9a-f]{16}$/)
    expect(relay!.credential).to.equal(
      createHmac('sha1', 'hidden').update(relay!.username!).digest('base64'))
    expect(JSON.stringify(relay)).not.to.contain('hidden')
  })

  it('tells no two visits the same name', () => {
    const names = Array.from({ length: 20 }, () =>
      iceServers({ stun: [], turn, turnSecret: 'hidden' }, clock)[0]!.username)
    expect(new Set(names).size).to.equal(20)
  })
})
