import { expect } from 'chai'
import { DOUBTED_MS, PlainTitles, SERVED_MS } from '../../../web/player/plain-titles.ts'

const song = { base: 'https://edge.example', id: 'song' }

describe('web/player/plain-titles', () => {
  let nowMs: number
  let titles: PlainTitles

  beforeEach(() => {
    nowMs = 1_000
    titles = new PlainTitles({ clock: () => nowMs })
  })

  it('leaves a title to its server for a moment, and longer once that serves it', () => {
    titles.add(song)
    expect(titles.has(song)).to.equal(true)
    nowMs += DOUBTED_MS
    expect(titles.has(song)).to.equal(false)
    titles.add(song)
    titles.served(song)
    nowMs += SERVED_MS - 1
    expect(titles.has(song)).to.equal(true)
    nowMs++
    expect(titles.has(song)).to.equal(false)
  })

  it('leaves no other to its server, and none that a node could open', () => {
    titles.add(song)
    expect(titles.has({ ...song, base: 'https://other.example' })).to.equal(false)
    const other = { ...song, id: 'other' }
    titles.served(other)
    titles.served(undefined)
    expect(titles.has(other)).to.equal(false)
  })

  it('remembers a bounded number', () => {
    for (let n = 0; n < 100; n++) titles.add({ ...song, id: String(n) })
    expect(titles.has({ ...song, id: '0' })).to.equal(false)
    expect(titles.has({ ...song, id: '99' })).to.equal(true)
  })
})
