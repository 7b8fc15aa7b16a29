import { expect } from 'chai'
import type { CID } from 'multiformats/cid'
import { remembering } from '../../daemon/title-lookup.ts'
import { blockNamed, contentNamed } from '../protocols/tracker/nodes.ts'

function rig () {
  const state = { nowMs: 1000, asked: 0, answer: undefined as CID | undefined }
  const lookUp = remembering(async () => {
    state.asked++
    return state.answer
  }, () => state.nowMs, 3000)
  return { state, ask: async () => await lookUp(blockNamed('a'), {}) }
}

describe('daemon/title-lookup', () => {
  it('asks once for all who ask at a time, and remembers the answer', async () => {
    const { state, ask } = rig()
    state.answer = contentNamed('title')
    const answers = await Promise.all(Array.from({ length: 50 }, ask))
    expect(answers.every(answer => answer?.equals(contentNamed('title')))).to.equal(true)
    await ask()
    expect(state.asked).to.equal(1)
    state.nowMs += 3_600_000
    await ask()
    expect(state.asked).to.equal(2)
  })

  it('believes for a moment that nobody knows', async () => {
    const { state, ask } = rig()
    expect(await ask()).to.equal(undefined)
    state.answer = contentNamed('title')
    expect(await ask()).to.equal(undefined)
    state.nowMs += 3000
    expect(await ask()).to.deep.equal(contentNamed('title'))
    expect(state.asked).to.equal(2)
  })

  it('asks again after a failure', async () => {
    let asked = 0
    const lookUp = remembering(async () => {
      if (asked++ === 0) throw new Error('no tracker')
      return contentNamed('title')
    }, () => 0, 3000)
    const err = await lookUp(blockNamed('a'), {}).catch((err: Error) => err.message)
    expect(err).to.equal('no tracker')
    expect(await lookUp(blockNamed('a'), {})).to.deep.equal(contentNamed('title'))
  })
})
