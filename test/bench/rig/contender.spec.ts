import { expect } from 'chai'
import { eachPiece, IN_FLIGHT } from '../../../bench/rig/contender.ts'
import { pieceOf } from '../../../bench/rig/piece.ts'

describe('bench/rig/contender', () => {
  it('works through every piece once, so many at a time', async () => {
    const done: number[] = []
    let running = 0
    let most = 0
    await eachPiece({ first: 0, count: 50 }, async piece => {
      most = Math.max(most, ++running)
      await Promise.resolve()
      running--
      done.push(piece)
    })
    expect(done.toSorted((a, b) => a - b)).to.deep.equal(Array.from({ length: 50 }, (_, i) => i))
    expect(most).to.equal(IN_FLIGHT)
  })

  it('fails with the first piece that fails', async () => {
    const failed = await eachPiece({ first: 0, count: 50 }, async piece => {
      if (piece === 9) throw new Error('nine')
    }).catch((err: Error) => err.message)
    expect(failed).to.equal('nine')
  })
})

describe('bench/rig/piece', () => {
  it('makes the same bytes for the same number, others for another', () => {
    expect(pieceOf(3, 1000).equals(pieceOf(3, 1000))).to.equal(true)
    expect(pieceOf(3, 1000).equals(pieceOf(4, 1000))).to.equal(false)
    expect(pieceOf(0, 1000)).to.have.length(1000)
  })
})
