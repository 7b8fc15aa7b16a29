/**
 * `cdn-cli fetch` against a gateway in memory.
 */

import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { StoppedError } from '../../../cli/stop-signal.ts'
import { openManifest } from '../../../protocols/content/index.ts'
import { goldenTitle, type SampleTitle } from '../../protocols/content/titles.ts'
import { type Answer, failure, gatewayOf, run } from '../fake-daemon.ts'

describe('cli/commands/fetch', () => {
  let title: SampleTitle
  let folder: string

  before(async () => { title = await goldenTitle() })
  beforeEach(async () => { folder = await mkdtemp(join(tmpdir(), 'cdn-cli-fetch-')) })
  afterEach(() => rm(folder, { recursive: true, force: true }))

  /** Init section and segments, as the file must have them. */
  const wholeOf = async (rendition: string): Promise<Buffer> => {
    const { init } = title.root.renditions.find(({ name }) => name === rendition)!
    const chunks = [title.held.get(`${init!.cid}`)!]
    const manifest = await openManifest(title.id, title.load)
    for await (const { blocks } of manifest.index(rendition).segments()) {
      chunks.push(...blocks.map(({ cid }) => title.held.get(`${cid}`)!))
    }
    return Buffer.concat(chunks)
  }

  it('writes the rendition of the highest bit rate as one file named after the title', async () => {
    const argv = ['fetch', `${title.id}`, '-o', folder]
    const { code, stdout, stderr } = await run(argv, gatewayOf(title))
    expect(stderr).to.equal('')
    expect(code).to.equal(0)
    expect(await readdir(folder)).to.deep.equal(['Sample.mp4'])
    expect(await readFile(join(folder, 'Sample.mp4'))).to.deep.equal(await wholeOf('360p'))
    const told = /Sample\.mp4: 3\.3 kB, 12 s of media, verified, in .* \(peer 2\.7 kB\)\n$/
    expect(stdout).to.match(told)
  })

  it('writes the rendition asked for, more segments than it reads ahead', async () => {
    const path = join(folder, 'out')
    const argv = ['fetch', `${title.id}`, '--rendition', '128k', '-o', path]
    const { code, shares } = await run(argv, gatewayOf(title))
    expect(code).to.equal(0)
    expect(await readFile(path)).to.deep.equal(await wholeOf('128k'))
    expect(shares.at(-1)).to.be.closeTo(1, 1e-6)
    expect(shares).to.deep.equal([...shares].sort((a, b) => a - b))
  })

  it('finds a title by its alias', async () => {
    const gateway = gatewayOf(title)
    const answer: Answer = (path, request) =>
      path === '/songs/my-song' ? Response.json({ id: `${title.id}` }) : gateway(path, request)
    const { code } = await run(['fetch', 'my-song', '-o', folder], answer)
    expect(code).to.equal(0)
  })

  it('writes one segment, or one block', async () => {
    const segment = await run(['fetch', `${title.id}/360p/0`, '-o', folder], gatewayOf(title))
    expect(segment.code).to.equal(0)
    expect(await readdir(folder)).to.deep.equal(['Sample-360p-0.m4s'])
    const { cid } = title.root.renditions[1]!.init!
    const bytes = Buffer.from(title.held.get(`${cid}`)!)
    const block = await run(['fetch', `${cid}`, '-o', join(folder, 'b')], () => new Response(bytes))
    expect(block.code).to.equal(0)
    expect(await readFile(join(folder, 'b'))).to.deep.equal(bytes)
  })

  it('writes to standard output, and what it says of it to stderr', async () => {
    const { stdout, stderr } = await run(['fetch', `${title.id}`, '-o', '-'], gatewayOf(title))
    expect(Buffer.from(stdout, 'latin1').length).to.equal((await wholeOf('360p')).length)
    expect(stderr).to.contain('verified')
  })

  it('prints JSON', async () => {
    const { stdout } = await run(['fetch', `${title.id}`, '-o', folder, '--json'], gatewayOf(title))
    expect(JSON.parse(stdout)).to.include({
      id: `${title.id}`,
      title: 'Sample',
      rendition: '360p',
      size: 3300,
      path: join(folder, 'Sample.mp4')
    })
  })

  it('refuses bytes that are not the segment’s and leaves no file', async () => {
    const gateway = gatewayOf(title)
    const answer: Answer = (path, request) =>
      path.endsWith('/2') ? new Response(Buffer.alloc(900)) : gateway(path, request)
    const { code, stderr } = await run(['fetch', `${title.id}`, '-o', folder], answer)
    expect(code).to.equal(6)
    expect(stderr).to.match(/^cdn-cli: received bytes that do not hash to baf\w+\n$/)
    expect(await readdir(folder)).to.deep.equal([])
  })

  it('refuses a root that is not the one asked for', async () => {
    const other = Buffer.from(title.held.values().next().value!)
    const { code } = await run(['fetch', `${title.id}`, '-o', folder], () => new Response(other))
    expect(code).to.equal(6)
  })

  it('leaves an older file as it was when it fails', async () => {
    const path = join(folder, 'a')
    await writeFile(path, 'older')
    const gateway = gatewayOf(title)
    const answer: Answer = (route, request) =>
      route.endsWith('/2') ? failure('DeadlineError', 'too late', 504) : gateway(route, request)
    const { code, stderr } = await run(['fetch', `${title.id}`, '-o', path], answer)
    expect([code, stderr]).to.deep.equal([5, 'cdn-cli: too late\n'])
    expect(await readdir(folder)).to.deep.equal(['a'])
    expect(await readFile(path, 'utf8')).to.equal('older')
  })

  it('does not replace a file nobody named', async () => {
    await writeFile(join(folder, 'Sample.mp4'), 'older')
    const { code, stderr } = await run(['fetch', `${title.id}`, '-o', folder], gatewayOf(title))
    expect(code).to.equal(2)
    expect(stderr).to.contain('exists: say with -o where to write')
  })

  it('ends with 128 and the signal’s number when it is stopped, and leaves no file', async () => {
    const ends = new AbortController()
    const answer: Answer = (path, request) => {
      if (path.endsWith('/1')) ends.abort(new StoppedError('SIGINT'))
      return gatewayOf(title)(path, request)
    }
    const argv = ['fetch', `${title.id}`, '-o', folder]
    const { code, stderr } = await run(argv, answer, { signal: ends.signal })
    expect([code, stderr]).to.deep.equal([130, 'cdn-cli: stopped by SIGINT\n'])
    expect(await readdir(folder)).to.deep.equal([])
  })

  it('says which renditions there are, and what an ID looks like', async () => {
    const rendition = await run(['fetch', `${title.id}`, '--rendition', '1080p'], gatewayOf(title))
    expect(rendition.code).to.equal(4)
    expect(rendition.stderr).to.contain('only 128k, 360p')
    const id = await run(['fetch', 'x/y'], gatewayOf(title))
    expect(id.code).to.equal(2)
    expect(id.stderr).to.contain('is not a segment ID')
  })
})
