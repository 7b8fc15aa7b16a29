import { expect } from 'chai'
import { MAX_MEMBERS, MEMBER_MS, Members } from '../../../daemon/retrieval/members.ts'
import { FakeTime } from './fake-time.ts'

describe('daemon/retrieval/members', () => {
  const namesOf = (members: Members) => [...members.list()].map(({ id }) => id)

  it('are those told of lately', () => {
    const time = new FakeTime()
    const members = new Members(time)
    members.add('a')
    time.nowMs += MEMBER_MS / 2
    members.add('b')
    members.add('a')
    members.add('c')
    time.nowMs += MEMBER_MS
    expect(namesOf(members)).to.deep.equal(['b', 'a', 'c'])
    members.add('c')
    time.nowMs += 1
    expect(namesOf(members)).to.deep.equal(['c'])
  })

  it('are no more than a bound, the longest not told of make room', () => {
    const members = new Members(new FakeTime())
    for (let n = 0; n <= MAX_MEMBERS; n++) members.add(`p${n}`)
    const names = namesOf(members)
    expect(names).to.have.length(MAX_MEMBERS)
    expect([names[0], names.at(-1)]).to.deep.equal(['p1', `p${MAX_MEMBERS}`])
  })
})
