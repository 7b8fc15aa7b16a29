import { expect } from 'chai'
import { boundsOf, floorBytes } from '../../../testnet/workload/floor.ts'

const title = (id: string) => ({
  id,
  files: [{ name: 'init.mp4', size: 1 }, { name: '0.m4s', size: 10 }, { name: '1.m4s', size: 100 }]
})

describe('testnet/workload/floor', () => {
  it('counts a byte once, however many ask for it', () => {
    const files = ['init.mp4', '0.m4s']
    expect(floorBytes([{ title: title('a'), files }, { title: title('a'), files }])).to.equal(11)
  })

  it('counts what anybody asked for, and nothing that nobody did', () => {
    const asked = [
      { title: title('a'), files: ['init.mp4', '0.m4s'] },
      { title: title('a'), files: ['init.mp4', '1.m4s'] },
      { title: title('b'), files: ['init.mp4'] },
      { title: title('c'), files: [] }
    ]
    expect(floorBytes(asked)).to.equal(112)
  })

  it('lets peers bring all but the first copy, to each node once', () => {
    const files = ['0.m4s']
    const asked = ['a', 'b', 'b', 'c', 'd'].map(node => ({ node, title: title('t'), files }))
    expect(boundsOf(asked)).to.deep.equal({ floorBytes: 10, ceilingShare: 3 / 4 })
    expect(boundsOf([])).to.deep.equal({ floorBytes: 0, ceilingShare: 0 })
  })
})
