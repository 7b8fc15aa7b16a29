import { expect } from 'chai'
import type { Answer } from '../../../protocols/tracker/message.ts'
import { livelyAsk } from '../../../web/node/swarm/lively-ask.ts'

const answer: Answer = { type: 'accepted', known: true }

describe('web/node/swarm/lively-ask', () => {
  /** Asks once for each word: an answer, a failure, silence, or a caller that leaves. */
  async function silencesAmong (...ends: Array<'answer' | 'fails' | 'silent' | 'left'>) {
    let silent = 0
    let end = ends[0]
    const ask = livelyAsk(async () => {
      if (end === 'answer') return answer
      throw new Error('it did not answer')
    }, () => { silent++ })
    for (end of ends) {
      const signal = end === 'silent'
        ? AbortSignal.abort(new DOMException('too late', 'TimeoutError'))
        : end === 'left' ? AbortSignal.abort() : new AbortController().signal
      const said = await ask({ type: 'sources' }, { signal }).catch((err: Error) => err.message)
      expect(said).to.equal(end === 'answer' ? answer : 'it did not answer')
    }
    return silent
  }

  it('says that a tracker is silent when two questions in a row had no answer', async () => {
    expect(await silencesAmong('answer', 'silent')).to.equal(0)
    expect(await silencesAmong('silent', 'silent')).to.equal(1)
    expect(await silencesAmong('silent', 'silent', 'silent', 'silent')).to.equal(2)
    expect(await silencesAmong('silent', 'answer', 'silent')).to.equal(0)
  })

  it('takes nothing else for silence', async () => {
    expect(await silencesAmong('fails', 'fails', 'left', 'left')).to.equal(0)
  })
})
