import { once } from 'node:events'
import { PassThrough } from 'node:stream'
import { expect } from 'chai'
import { bar, progressOn } from '../../cli/progress.ts'

describe('cli/progress', () => {
  it('draws a bar of one width from nothing to all', () => {
    expect(bar(0)).to.equal(`${'░'.repeat(24)}   0%`)
    expect(bar(0.5)).to.equal(`${'█'.repeat(12)}${'░'.repeat(12)}  50%`)
    expect(bar(1)).to.equal(`${'█'.repeat(24)} 100%`)
    expect([bar(-1), bar(2)]).to.deep.equal([bar(0), bar(1)])
  })

  it('writes nothing where there is no terminal', () => {
    const stream = new PassThrough()
    const progress = progressOn(stream as unknown as NodeJS.WriteStream)
    progress.show('a', 0.5)
    progress.end()
    expect(stream.read()).to.equal(null)
  })

  it('draws in a terminal and clears the line at its end', async () => {
    const stream = terminal()
    const progress = progressOn(stream as unknown as NodeJS.WriteStream)
    progress.show('song', 0.2)
    progress.show('song', 0.5)
    await once(stream, 'readable')
    progress.end()
    expect(String(stream.read())).to.contain('\u001B[?25l').and.contain('50% song')
      .and.contain('\u001B[?25h')
  })

  it('draws nothing of work that ended before it could', async () => {
    const stream = terminal()
    const progress = progressOn(stream as unknown as NodeJS.WriteStream)
    progress.show('song', 0.5)
    progress.end()
    await import('ora')
    expect(stream.read()).to.equal(null)
  })
})

function terminal (): PassThrough {
  return Object.assign(new PassThrough(), {
    isTTY: true, columns: 80, clearLine: () => true, cursorTo: () => true, moveCursor: () => true
  })
}
