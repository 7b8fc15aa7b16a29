import { expect } from 'chai'
import { FilePublishing } from '../../cli/file-publishing.ts'
import type { Publisher } from '../../daemon/publisher.ts'
import type { PublishProgress } from '../../protocols/control/index.ts'
import { InvalidMediaError } from '../../protocols/errors.ts'

const done = (path: string): PublishProgress => ({
  stage: 'done', id: `id of ${path}`, title: path, durationMs: 1, size: 1, renditions: []
})

describe('cli/file-publishing', () => {
  const rig = (files: string[], publish?: Publisher['publish']) => {
    const seen: string[] = []
    const node = publish == null ? {} : { publish }
    const publishing = new FilePublishing(node, {
      files,
      onProgress: (file, { stage, ...rest }) => {
        seen.push([file, stage, 'message' in rest ? rest.message : ''].join(' ').trim())
      }
    })
    return { seen, publishing }
  }
  const ended = async (): Promise<void> => {
    await new Promise(resolve => { setImmediate(resolve) })
  }

  it('publishes one file after the other, and goes on past one that cannot be', async () => {
    const { seen, publishing } = rig(['a', 'b', 'c'], async function * ({ path }) {
      if (path === 'b') throw new InvalidMediaError('b is no media')
      yield { stage: 'transcode', percent: 50 }
      yield done(path)
    })
    publishing.start()
    await ended()
    expect(seen).to.deep.equal(
      ['a transcode', 'a done', 'b failed b is no media', 'c transcode', 'c done'])
    await publishing.end()
  })

  it('gives up the file under way when the node ends, without a word, and begins no other',
    async () => {
      const { seen, publishing } = rig(['a', 'b'], async function * (_, { signal } = {}) {
        yield { stage: 'transcode', percent: 1 }
        await new Promise((_, reject) => {
          signal?.addEventListener('abort', () => reject(signal.reason), { once: true })
        })
      })
      publishing.start()
      await ended()
      await publishing.end()
      expect(seen).to.deep.equal(['a transcode'])
    })

  it('does nothing on a node that does not publish', async () => {
    const { seen, publishing } = rig(['a'])
    publishing.start()
    await publishing.end()
    expect(seen).to.deep.equal([])
  })
})
