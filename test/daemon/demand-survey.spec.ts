import { expect } from 'chai'
import type { CID } from 'multiformats/cid'
import { DemandSurvey, SURVEY_MS, TITLES_A_ROUND } from '../../daemon/demand-survey.ts'
import { contentNamed } from '../protocols/tracker/nodes.ts'
import { FakeTime } from './retrieval/fake-time.ts'
import { spokenLog } from './spoken-log.ts'

function rig (names: string[], peers: Record<string, number>) {
  const time = new FakeTime()
  const { log, lines } = spokenLog()
  const nameOf = new Map(names.map(name => [String(contentNamed(name)), name]))
  const state = { wanted: [] as string[], asked: [] as string[], peers, isDown: false }
  const songs = names.map(name => ({
    id: String(contentNamed(name)), title: name, durationMs: 1, size: 1, renditions: ['128k']
  }))
  const survey = new DemandSurvey({
    titles: { list: async () => songs },
    holders: async (content: CID) => {
      if (state.isDown) throw new Error('no tracker answers')
      state.asked.push(nameOf.get(String(content))!)
      return state.peers[nameOf.get(String(content))!] ?? 0
    },
    plays: { interest: content => { state.wanted.push(nameOf.get(String(content))!) } },
    timer: time.timer,
    log
  })
  return { survey, time, state, lines }
}

describe('daemon/demand-survey', () => {
  it('counts a play for each peer that holds something of a listed title, once', async () => {
    const { survey, time, state } = rig(['a', 'b'], { a: 3 })
    survey.start()
    survey.start()
    await time.advance(100)
    expect(state.wanted).to.deep.equal(['a', 'a', 'a'])
    state.peers = { a: 4, b: 1 }
    await time.advance(SURVEY_MS)
    expect(state.wanted).to.deep.equal(['a', 'a', 'a', 'a', 'b'])
    await survey.stop()
    await survey.stop()
  })

  it('asks about a bounded number at a time, each in its turn', async () => {
    const names = Array.from({ length: TITLES_A_ROUND + 2 }, (_, i) => `title ${i}`)
    const { survey, time, state } = rig(names, {})
    survey.start()
    await time.advance(100)
    expect(state.asked).to.deep.equal(names.slice(0, TITLES_A_ROUND))
    await time.advance(SURVEY_MS)
    expect(new Set(state.asked)).to.deep.equal(new Set(names))
    await survey.stop()
  })

  it('tries again while no tracker answers, and says so once', async () => {
    const { survey, time, state, lines } = rig(['a'], { a: 1 })
    state.isDown = true
    survey.start()
    await time.advance(3 * SURVEY_MS)
    expect(lines).to.deep.equal(['cannot ask what is wanted yet: no tracker answers'])
    state.isDown = false
    await time.advance(SURVEY_MS)
    expect(state.wanted).to.deep.equal(['a'])
    await survey.stop()
  })
})
