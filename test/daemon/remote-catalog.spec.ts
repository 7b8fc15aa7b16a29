import { expect } from 'chai'
import {
  DEFAULT_FRESH_MS, RemoteCatalog, STALE_IF_ERROR_MS, STALE_WHILE_REVALIDATE_MS
} from '../../daemon/remote-catalog.ts'
import type { SongSummary } from '../../protocols/control/index.ts'
import { contentNamed, testNode } from '../protocols/tracker/nodes.ts'
import { spokenLog } from './spoken-log.ts'

const { peer } = await testNode(1)
const song = (name: string, more: Partial<SongSummary> = {}): SongSummary => ({
  id: String(contentNamed(name)), title: name, durationMs: 1, size: 1, renditions: ['128k'], ...more
})

type Answer = (url: string, init: RequestInit) => Response | Promise<Response>
const listing = (...songs: unknown[]): Answer => () => new Response(JSON.stringify(songs))

function rig (answers: Record<string, Answer>) {
  const { log, lines } = spokenLog()
  const state = { nowMs: 1_000_000, asked: [] as string[], inits: [] as RequestInit[] }
  const catalog = new RemoteCatalog({
    sources: {
      list: () => Object.keys(answers).map(url => ({ peer, role: 'edge', region: 'eu', url }))
    },
    fetch: async (input, init) => {
      const url = String(input)
      state.asked.push(url)
      state.inits.push(init!)
      return await answers[url.replace(/\/songs$/, '')]!(url, init!)
    },
    clock: () => state.nowMs,
    log
  })
  const namesOf = (songs: readonly SongSummary[]) => songs.map(({ title }) => title)
  const titles = async () => namesOf(await catalog.fresh())
  const listed = async () => namesOf(await catalog.list())
  const pass = () => { state.nowMs += DEFAULT_FRESH_MS + 1 }
  return { catalog, state, lines, titles, listed, pass, answers }
}

describe('daemon/remote-catalog', () => {
  it('lists what edges and origins list, the better source believed', async () => {
    const { titles, state } = rig({
      'http://a': listing(song('x'), song('y', { title: 'Y at a' })),
      'http://b': listing(song('y', { title: 'Y at b' }), song('z'))
    })
    expect(await titles()).to.deep.equal(['x', 'Y at a', 'z'])
    expect(state.asked).to.deep.equal(['http://a/songs', 'http://b/songs'])
  })

  it('asks once for all who ask, and again when the answer has aged', async () => {
    const { catalog, titles, state, pass, answers } = rig({ 'http://a': listing(song('x')) })
    await Promise.all([titles(), titles()])
    await titles()
    expect(state.asked).to.have.length(1)
    answers['http://a'] = listing(song('new'))
    pass()
    expect(catalog.known.map(({ title }) => title)).to.deep.equal(['x'])
    expect(await titles()).to.deep.equal(['new'])
  })

  it('gives an aged list at once and asks behind it, but not one that is too old', async () => {
    const { titles, listed, state, answers } = rig({ 'http://a': listing(song('old')) })
    await titles()
    const held = Promise.withResolvers<Response>()
    answers['http://a'] = () => held.promise
    state.nowMs += STALE_WHILE_REVALIDATE_MS
    expect([await listed(), await listed()]).to.deep.equal([['old'], ['old']])
    expect(state.asked).to.have.length(2)
    held.resolve(new Response(JSON.stringify([song('new')])))
    expect(await titles()).to.deep.equal(['new'])
    answers['http://a'] = listing(song('newer'))
    state.nowMs += STALE_WHILE_REVALIDATE_MS + 1
    expect(await listed()).to.deep.equal(['newer'])
  })

  it('believes what a silent source listed for a day', async () => {
    const { titles, state, answers } = rig({ 'http://a': listing(song('x')) })
    await titles()
    answers['http://a'] = () => { throw new TypeError('connection refused') }
    state.nowMs += STALE_IF_ERROR_MS
    expect(await titles()).to.deep.equal(['x'])
    state.nowMs += DEFAULT_FRESH_MS + 1
    expect(await titles()).to.deep.equal([])
  })

  it('keeps what a source listed while it does not answer, complains once, asks not at once again',
    async () => {
      const { titles, state, lines, pass, answers } = rig({ 'http://a': listing(song('x')) })
      await titles()
      answers['http://a'] = () => { throw new TypeError('connection refused') }
      for (let i = 0; i < 3; i++) {
        pass()
        expect(await titles()).to.deep.equal(['x'])
        await titles()
      }
      expect(state.asked).to.have.length(4)
      expect(lines).to.deep.equal(['no list of titles from http://a: connection refused'])
    })

  it('forgets what a source listed that is none any more', async () => {
    const { titles, pass, answers } = rig({
      'http://a': listing(song('x')), 'http://b': listing(song('y'))
    })
    await titles()
    delete answers['http://a']
    pass()
    expect(await titles()).to.deep.equal(['y'])
  })

  it('keeps the last list while there is no source, and asks as soon as there is one', async () => {
    const { titles, answers } = rig({})
    expect(await titles()).to.deep.equal([])
    answers['http://a'] = listing(song('x'))
    expect(await titles()).to.deep.equal(['x'])
  })

  it('asks four sources at most, under a deadline, and is sent nowhere else', async () => {
    const names = Array.from({ length: 9 }, (_, i) => [`http://${i}`, listing(song(`${i}`))])
    const { titles, state } = rig(Object.fromEntries(names))
    expect(await titles()).to.have.length(4)
    for (const { signal, redirect } of state.inits) {
      expect([signal instanceof AbortSignal, redirect]).to.deep.equal([true, 'error'])
    }
  })

  const refused: Record<string, [Answer, RegExp]> = {
    'an error': [() => new Response('', { status: 500 }), /it answered 500/],
    'no JSON': [() => new Response('<html>'), /JSON/],
    'something else': [listing({ id: 1 }), /no list of titles/],
    'a name that is no content ID': [listing(song('x', { id: 'x' })), /no list of titles/],
    'a title without end': [listing(song('x', { title: 'x'.repeat(9999) })), /no list of titles/],
    'too many titles': [listing(...Array(10_001).fill(song('x'))), /no list of titles/],
    'too many bytes': [() => new Response('', {
      headers: { 'content-length': '5000000' }
    }), /5000000 bytes are promised/]
  }
  for (const [what, [answer, complaint]] of Object.entries(refused)) {
    it(`takes nothing from a source that answers with ${what}, and goes on with the other`,
      async () => {
        const { titles, lines } = rig({ 'http://a': answer, 'http://b': listing(song('y')) })
        expect(await titles()).to.deep.equal(['y'])
        expect(lines.join()).to.match(complaint)
      })
  }
})
