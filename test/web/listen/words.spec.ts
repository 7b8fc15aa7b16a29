import { expect } from 'chai'
import {
  bitRate, bytes, clock, mainSource, percent, senderName
} from '../../../web/listen/words.ts'

describe('web/listen/words', () => {
  it('writes times, sizes, rates and shares as people read them', () => {
    expect([0, 59_600, 187_000].map(clock)).to.deep.equal(['0:00', '1:00', '3:07'])
    expect([999, 1_234, 65_000, 2_340_000, 12e9].map(bytes))
      .to.deep.equal(['999 B', '1.2 kB', '65 kB', '2.3 MB', '12 GB'])
    expect([8_000, 128_400, 2_500_000, 37_200_000].map(bitRate))
      .to.deep.equal(['8.0 kbit/s', '128 kbit/s', '2.5 Mbit/s', '37 Mbit/s'])
    expect(percent(0.666)).to.equal('67 %')
  })

  it('names servers by their hosts and peers by their ends', () => {
    expect(senderName('https://edge.example:8480')).to.equal('edge.example:8480')
    expect(senderName('12D3KooWAbCdEfGhIjKl')).to.equal('…EfGhIjKl')
    expect(senderName('short')).to.equal('short')
  })

  it('takes for the source of a segment who sent most of it', () => {
    expect(mainSource({ cache: 0, peer: 10, edge: 20, origin: 5 })).to.equal('edge')
    expect(mainSource({ cache: 7, peer: 0, edge: 0, origin: 0 })).to.equal('cache')
  })
})
