import { expect } from 'chai'
import {
  MAX_WAITED_TITLES, MAX_WAITING, WAITING_MS, WaitingRoom
} from '../../bootstrap/waiting-room.ts'
import { contentNamed } from '../protocols/tracker/nodes.ts'

const title = contentNamed('a')

describe('bootstrap/waiting-room', () => {
  it('counts each page once, and of this title only', () => {
    const room = new WaitingRoom({ clock: () => 0 })
    room.enter(title, 'one')
    room.enter(title, 'one')
    room.enter(title, 'two')
    room.enter(contentNamed('b'), 'three')
    expect(room.count(title)).to.equal(2)
    expect(room.count(contentNamed('c'))).to.equal(0)
  })

  it('forgets who left, and who has not asked for a while', () => {
    let now = 0
    const room = new WaitingRoom({ clock: () => now })
    room.enter(title, 'one')
    room.enter(title, 'two')
    room.enter(title, 'three')
    room.leave(title, 'two')
    expect(room.count(title)).to.equal(2)
    now += WAITING_MS - 1
    room.enter(title, 'three')
    now += 1
    expect(room.count(title)).to.equal(1)
  })

  it('does not grow past its bounds', () => {
    const room = new WaitingRoom({ clock: () => 0 })
    for (let i = 0; i < MAX_WAITING + 10; i++) room.enter(title, `page ${i}`)
    expect(room.count(title)).to.equal(MAX_WAITING)
    expect(MAX_WAITED_TITLES * MAX_WAITING).to.be.at.most(5_000_000)
  })
})
