import { expect } from 'chai'
import { createLiveView, type LiveState } from '../../testnet/live-view.ts'

const state: LiveState = {
  sample: {
    atMs: 1000,
    fetched: { local: 0, peer: 3 * 2 ** 20, edge: 2 ** 20, origin: 0 },
    originSentBytes: 0,
    edgeSentBytes: 0,
    wastedBytes: 0,
    nodesUp: 9,
    playing: 4,
    stalls: 2
  },
  nodes: 10,
  plays: 3,
  startUps: [100, 200, 900]
}

/** What is written, as one text. */
function sink (isTTY: boolean) {
  const written: string[] = []
  const out = { isTTY, write: (text: string) => written.push(text) > 0 }
  return { written, view: createLiveView(out as Parameters<typeof createLiveView>[0]) }
}

describe('testnet/live-view', () => {
  it('writes plain lines where there is no terminal, of states not too many', () => {
    const { written, view } = sink(false)
    view.say('peer-1 was killed')
    view.show(state)
    view.show(state)
    view.end()
    expect(written).to.have.length(2)
    expect(written[0]).to.match(/^ +0 s peer-1 was killed\n$/)
    expect(written[1]).to.contain('nodes up 9/10').and.contain('offload 75.0 %')
      .and.contain('start-up p50 200 ms').and.contain('stalls 2')
  })

  it('draws a table over the last one on a terminal, events above it', () => {
    const { written, view } = sink(true)
    view.show(state)
    const [table] = written
    expect(table).to.contain('offload').and.contain('75.0 %')
    const rows = table!.split('\n').length - 1
    view.say('peer-1 was killed')
    const redrawn = written.slice(1).join('')
    expect(redrawn.startsWith(`\u001b[${rows}A`)).to.equal(true)
    expect(redrawn).to.contain('\u001b[0J')
    expect(redrawn.endsWith(`peer-1 was killed\n${table}`)).to.equal(true)
  })

  it('leaves the last table where it is when the run has ended', () => {
    const { written, view } = sink(true)
    view.show(state)
    view.end()
    view.say('passed')
    expect(written.slice(1).join('')).to.match(/^ +0 s passed\n$/)
  })
})
