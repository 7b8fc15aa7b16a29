import { expect } from 'chai'
import { availabilityOf } from '../../../bootstrap/dashboard/availability.ts'
import type { StoredProvider } from '../../../bootstrap/store.ts'
import type { Role } from '../../../protocols/exchange/index.ts'
import { contentNamed } from '../../protocols/tracker/nodes.ts'
import { type Reported, reporter } from './reporters.ts'

const content = contentNamed('a')

describe('bootstrap/dashboard/availability', () => {
  const holder = (
    id: string, held: number, said?: Reported | Uint8Array, role: Role = 'peer',
    rendition = '128k'
  ) => ({
    ...reporter(id, said, role), renditions: [{ rendition, held, blocks: 100 }]
  }) as unknown as StoredProvider
  const part = (...shares: number[]): Reported =>
    ({ holds: [{ content, rendition: '128k', parts: Uint8Array.from(shares) }] })
  const partsOf = (text: string | undefined) => text && [...Buffer.from(text, 'base64')]

  it('has a row for each holder, servers first, then who holds most', () => {
    const { rows, parts, rendition, isWhole } = availabilityOf(content, undefined, [
      holder('some', 30, part(255, 10)), holder('more', 60, part(255, 200)),
      holder('edge', 5, part(9), 'edge'), holder('nothing', 0)
    ], 9)
    expect(rows.map(({ id }) => id)).to.deep.equal(['edge', 'more', 'some'])
    expect(partsOf(rows[1]!.parts)).to.deep.equal([255, 200])
    expect([parts, rendition, isWhole]).to.deep.equal([64, '128k', true])
  })

  it('knows of who holds all that it holds each part, whatever it reports', () => {
    const { rows } = availabilityOf(content, '128k', [holder('all', 100, part(1))], 9)
    expect(partsOf(rows[0]!.parts)).to.deep.equal(Array.from({ length: 64 }, () => 255))
  })

  it('says how much, not which part, of who does not report that', () => {
    const other: Reported = { holds: [
      { content: contentNamed('b'), rendition: '128k', parts: Uint8Array.of(1) },
      { content, rendition: '64k', parts: Uint8Array.of(1) }
    ] }
    const holders = [holder('silent', 30), holder('other', 20, other),
      holder('garbage', 10, Uint8Array.of(1, 2))]
    const { rows } = availabilityOf(content, '128k', holders, 9)
    expect(rows.map(({ held, parts }) => [held, parts]))
      .to.deep.equal([[30, undefined], [20, undefined], [10, undefined]])
  })

  it('names the renditions there are, and shows the one asked for', () => {
    const holders = [holder('a', 1), holder('b', 1, undefined, 'peer', '64k')]
    const { renditions, rows } = availabilityOf(content, '64k', holders, 9)
    expect([renditions, rows.map(({ id }) => id)]).to.deep.equal([['128k', '64k'], ['b']])
    expect(availabilityOf(content, 'none', holders, 9).rows).to.deep.equal([])
    expect(availabilityOf(content, undefined, [], 9))
      .to.deep.include({ rendition: '', parts: 0, rows: [] })
  })

  it('has at most so many rows, and says when there are more', () => {
    const { rows, isWhole } = availabilityOf(content, undefined,
      Array.from({ length: 30 }, (_, i) => holder(`p${i}`, i + 1)), 20)
    expect([rows.length, rows[0]!.id, isWhole]).to.deep.equal([20, 'p29', false])
  })
})
