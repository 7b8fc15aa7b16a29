import { expect } from 'chai'
import { WebPage } from '../../daemon/web-page.ts'

/** Those of which the script is in one file, and is loaded with the page. */
const PAGES = ['topology'] as const

describe('daemon/web-page', () => {
  for (const name of PAGES) {
    it(`has all of ${name} in three files of its own`, async () => {
      const page = new WebPage(name)
      const text = async (file: 'index.html' | 'style.css' | 'main.js') =>
        Buffer.from((await page.file(file))!.bytes).toString()
      const html = await text('index.html')
      const links = [...html.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, url]) => url)
      expect(links).to.include.members(['ui/style.css', 'ui/main.js'])
      for (const file of ['index.html', 'style.css'] as const) {
        expect(await text(file)).not.to.match(/https?:|\/\/[\w-]+\./)
      }
      expect(await text('main.js')).not.to.match(/\bimport\s*["'({]|from\s*["']/)
    })
  }

  it('bundles once, and says by its tag when the script is another', async () => {
    const page = new WebPage('topology')
    const [one, other] = await Promise.all([page.file('main.js'), page.file('main.js')])
    expect(one).to.equal(other)
    expect(one!.etag).to.match(/^"[\w-]{22}"$/)
    expect((await page.file('style.css'))!.etag).not.to.equal(one!.etag)
  })

  it('gives nothing but the files of the page', async () => {
    const page = new WebPage('topology')
    for (const name of ['other.js', 'main.ts', '../topology/index.html', '.html', 'index', '']) {
      expect(await page.file(name), name).to.equal(undefined)
    }
  })
})
