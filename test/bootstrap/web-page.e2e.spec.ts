import { expect } from 'chai'
import { PAGE_NAMES, WebPage } from '../../bootstrap/web-page.ts'

describe('bootstrap/web-page', () => {
  for (const name of PAGE_NAMES) {
    it(`has all of ${name} in three files of its own`, async () => {
      const page = new WebPage(name)
      const text = async (file: 'index.html' | 'style.css' | 'main.js') =>
        Buffer.from((await page.file(file)).bytes).toString()
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
    expect(one.etag).to.match(/^"[\w-]{22}"$/)
    expect((await page.file('style.css')).etag).not.to.equal(one.etag)
  })
})
