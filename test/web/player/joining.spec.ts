import { expect } from 'chai'
import { Joining, type JoiningInit, type P2pState, RETRY_MS } from '../../../web/player/joining.ts'

const settle = (): Promise<void> => new Promise(resolve => setImmediate(resolve))

interface Scene {
  consent?: () => boolean | Promise<boolean>
  join?: () => Promise<void>
  whenIdle?: () => Promise<void>
}

function joiningWith (scene: Scene = {}, init: Partial<JoiningInit> = {}) {
  const calls: string[] = []
  const states: P2pState[] = []
  const time = { nowMs: 0 }
  let asked = 0
  const swarm = {
    joinSwarm: async () => {
      calls.push('join')
      await scene.join?.()
    },
    leaveSwarm: async () => { calls.push('leave') }
  }
  const joining = new Joining({
    swarm: async () => swarm,
    consent: () => {
      asked++
      return scene.consent?.() ?? true
    },
    clock: () => time.nowMs,
    whenIdle: scene.whenIdle ?? (async () => {}),
    onState: state => { states.push(state) }
  }, { afterSegments: 1, isAvailable: true, ...init })
  return { joining, calls, states, time, asked: () => asked }
}

describe('web/player/joining', () => {
  it('asks for consent and joins after the first segment, not before', async () => {
    const { joining, calls, states, asked } = joiningWith()
    await settle()
    expect([calls, asked()]).to.deep.equal([[], 0])
    joining.segmentGiven()
    joining.segmentGiven()
    await settle()
    expect(calls).to.deep.equal(['join'])
    expect(states).to.deep.equal(['asking', 'joining', 'joined'])
    expect(asked()).to.equal(1)
  })

  it('waits until the page has time, unless no server has what is to be played', async () => {
    const { joining, calls } = joiningWith({ whenIdle: () => new Promise(() => {}) })
    joining.segmentGiven()
    await settle()
    expect(calls).to.deep.equal([])
    const other = joiningWith({ whenIdle: () => new Promise(() => {}) })
    other.joining.needed()
    await settle()
    expect(other.calls).to.deep.equal(['join'])
  })

  it('waits for as many segments as it is told', async () => {
    const { joining, calls } = joiningWith({}, { afterSegments: 3 })
    for (const expected of [0, 0, 1]) {
      joining.segmentGiven()
      await settle()
      expect(calls).to.have.length(expected)
    }
  })

  const refusals: Record<string, Scene['consent']> = {
    'is refused': () => false,
    'is refused later': async () => false,
    'cannot be asked for': () => { throw new Error('no dialog') },
    'fails': async () => { throw new Error('no answer') },
    'is something else than true': () => 'no' as unknown as boolean
  }
  for (const [what, consent] of Object.entries(refusals)) {
    it(`joins nobody when consent ${what}, and does not ask again`, async () => {
      const { joining, calls, asked } = joiningWith({ consent: consent! })
      for (let n = 0; n < 3; n++) {
        joining.segmentGiven()
        await settle()
      }
      expect([joining.state, calls, asked()]).to.deep.equal(['refused', ['leave'], 1])
    })
  }

  it('asks again when the site starts it again', async () => {
    let answer = false
    const { joining, calls } = joiningWith({ consent: () => answer })
    joining.segmentGiven()
    await settle()
    answer = true
    await joining.start()
    expect([joining.state, calls]).to.deep.equal(['joined', ['leave', 'join']])
  })

  it('leaves when stopped, stays away, and comes back when started', async () => {
    const { joining, calls } = joiningWith()
    joining.segmentGiven()
    await settle()
    await joining.stop()
    joining.segmentGiven()
    await settle()
    expect([joining.state, calls]).to.deep.equal(['stopped', ['join', 'leave']])
    await joining.start()
    expect([joining.state, calls]).to.deep.equal(['joined', ['join', 'leave', 'join']])
  })

  it('does not join once stopped while the visitor was asked', async () => {
    const { promise, resolve } = Promise.withResolvers<boolean>()
    const { joining, calls } = joiningWith({ consent: () => promise })
    joining.segmentGiven()
    await joining.stop()
    resolve(true)
    await settle()
    expect([joining.state, calls]).to.deep.equal(['stopped', ['leave']])
  })

  it('leaves after joining has ended, when stopped in between', async () => {
    const { promise, resolve } = Promise.withResolvers<void>()
    const { joining, calls } = joiningWith({ join: () => promise })
    joining.segmentGiven()
    await settle()
    const stopped = joining.stop()
    await settle()
    expect(calls).to.deep.equal(['join'])
    resolve()
    await stopped
    expect([joining.state, calls]).to.deep.equal(['stopped', ['join', 'leave']])
  })

  it('tries again with a segment when joining failed, later each time', async () => {
    const { joining, calls, time } = joiningWith({ join: async () => { throw new Error('gone') } })
    const give = async (nowMs: number): Promise<number> => {
      time.nowMs = nowMs
      joining.segmentGiven()
      await settle()
      return calls.length
    }
    expect(await give(0)).to.equal(1)
    expect(joining.state).to.equal('failed')
    expect(await give(RETRY_MS.first - 1)).to.equal(1)
    expect(await give(RETRY_MS.first)).to.equal(2)
    expect(await give(RETRY_MS.first * 3 - 1)).to.equal(2)
    expect(await give(RETRY_MS.first * 3)).to.equal(3)
  })

  it('joins at once when no server has what is to be played, if the visitor agrees', async () => {
    const { joining, calls, asked } = joiningWith({}, { afterSegments: 9 })
    expect(joining.mayHelp).to.equal(true)
    joining.needed()
    joining.needed()
    await settle()
    expect([joining.state, calls, asked()]).to.deep.equal(['joined', ['join'], 1])
    expect(joining.mayHelp).to.equal(false)
    const refused = joiningWith({ consent: () => false })
    refused.joining.needed()
    await settle()
    expect([refused.joining.state, refused.joining.mayHelp]).to.deep.equal(['refused', false])
  })

  it('does nothing where there is no swarm to join', async () => {
    const { joining, calls, asked } = joiningWith({}, { isAvailable: false })
    joining.segmentGiven()
    await joining.start()
    await joining.stop()
    expect([joining.state, calls.length, asked()]).to.deep.equal(['unavailable', 0, 0])
  })
})
