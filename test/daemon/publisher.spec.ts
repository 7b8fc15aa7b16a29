import { expect } from 'chai'
import type { CID } from 'multiformats/cid'
import { adopting, type Publisher } from '../../daemon/publisher.ts'
import type { PublishProgress, SongSummary } from '../../protocols/control/index.ts'
import { contentNamed } from '../protocols/tracker/nodes.ts'
import { spokenLog } from './spoken-log.ts'

const song = (name: string): SongSummary => ({
  id: String(contentNamed(name)), title: name, durationMs: 1, size: 1, renditions: ['128k']
})

describe('daemon/publisher', () => {
  const rig = (listed: string[], adopt: (content: CID) => Promise<void> = async () => {}) => {
    const calls: string[] = []
    const { log, lines } = spokenLog()
    const progress: PublishProgress[] = [
      { stage: 'transcode', percent: 50 }, { stage: 'done', ...song('new') }
    ]
    const publisher: Publisher = {
      start: async () => { calls.push('start') },
      stop: async () => { calls.push('stop') },
      list: () => listed.map(song),
      publish: async function * () { yield * progress },
      unpublish: async content => content.equals(contentNamed('a')),
      segmentsOf: async content => [content]
    }
    const holdings = {
      adopt: async (content: CID) => {
        calls.push(`adopt ${content}`)
        await adopt(content)
      }
    }
    return { calls, lines, publisher: adopting({ publisher, holdings, log }) }
  }

  it('takes account of what is published already, once the publisher runs', async () => {
    const { publisher, calls } = rig(['a', 'b'])
    await publisher.start()
    await publisher.stop()
    expect(calls).to.deep.equal(
      ['start', `adopt ${contentNamed('a')}`, `adopt ${contentNamed('b')}`, 'stop'])
  })

  it('starts although one title is damaged, and names it', async () => {
    const { publisher, calls, lines } = rig(['a', 'b'], async content => {
      if (content.equals(contentNamed('a'))) throw new Error('its root is gone')
    })
    await publisher.start()
    expect(calls).to.include(`adopt ${contentNamed('b')}`)
    expect(lines.join()).to.match(/^cannot serve "a" \(bafy\w+\): publish it again - .*root is gone/)
  })

  it('takes account of a new title before it says that it is done', async () => {
    const { publisher, calls } = rig([])
    const seen: string[] = []
    for await (const { stage } of publisher.publish({ path: '/x' })) {
      seen.push(`${stage} ${calls.length}`)
    }
    expect(seen).to.deep.equal(['transcode 0', 'done 1'])
    expect(calls).to.deep.equal([`adopt ${contentNamed('new')}`])
  })

  it('passes on the rest', async () => {
    const { publisher } = rig(['a'])
    expect(publisher.list()).to.deep.equal([song('a')])
    expect(await publisher.unpublish(contentNamed('a'))).to.equal(true)
    expect(await publisher.unpublish(contentNamed('b'))).to.equal(false)
    expect(await publisher.segmentsOf(contentNamed('a'))).to.deep.equal([contentNamed('a')])
  })
})
