import { expect } from 'chai'
import {
  FarHolder, MAX_UNREACHED, Unreached, UNREACHED_MS
} from '../../../daemon/retrieval/unreached.ts'
import { somePeer } from './fake-exchange.ts'

describe('daemon/retrieval/unreached', () => {
  it('remembers whom it was told of lately, and not those who were reached', async () => {
    let now = 0
    const told: string[] = []
    const unreached = new Unreached({ clock: () => now }, () => { told.push('news') })
    const [a, b] = [{ peer: await somePeer(1) }, { peer: await somePeer(2) }]
    unreached.add(a)
    unreached.add(b)
    unreached.delete(`${a.peer}`)
    expect([...unreached.list()].map(({ id }) => id)).to.deep.equal([`${b.peer}`])
    now = UNREACHED_MS - 1
    unreached.add(b)
    expect(told).to.have.length(2)
    now += UNREACHED_MS - 1
    expect([...unreached.list()]).to.have.length(1)
    now += 2
    expect([...unreached.list()]).to.deep.equal([])
  })

  it('remembers no more than its bound', async () => {
    const unreached = new Unreached({ clock: () => 0 })
    for (let n = 0; n < MAX_UNREACHED + 5; n++) unreached.add({ peer: await somePeer(n) })
    expect([...unreached.list()]).to.have.length(MAX_UNREACHED)
  })

  it('hopes for a block while the holder had more often than not what was asked', async () => {
    const holder = new FarHolder({ peer: await somePeer(1) })
    expect([holder.kind, holder.holds]).to.deep.equal(['peer', 'have'])
    holder.answered(false)
    expect(holder.holds).to.equal('unknown')
    holder.answered(true)
    expect(holder.holds).to.equal('have')
  })

  it('hopes for little of who wants the title itself, and for all of servers', async () => {
    const peer = await somePeer(1)
    expect(new FarHolder({ peer, isInterested: true }).holds).to.equal('unknown')
    const edge = new FarHolder({ peer, role: 'edge' })
    for (let n = 0; n < 3; n++) edge.answered(false)
    expect([edge.kind, edge.holds]).to.deep.equal(['edge', 'have'])
  })
})
