import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect } from 'chai'

const source = (file: string) => fileURLToPath(new URL(`../../daemon/${file}`, import.meta.url))

describe('daemon/lifetime in a process', () => {
  for (const [name, crash] of Object.entries({
    'an exception': 'setTimeout(() => { throw new Error("boom") })',
    'a rejection': 'Promise.reject(new Error("boom"))'
  })) {
    it(`logs ${name} nobody caught, stops the node and exits with 1`, async () => {
      const script = `
        import { endOnUnhandled } from ${JSON.stringify(source('lifetime.ts'))}
        import { componentLogger } from ${JSON.stringify(source('log.ts'))}
        endOnUnhandled(componentLogger({ level: 'info', json: false }), async () => {
          console.log('stopped')
        })
        ${crash}
        setInterval(() => {}, 1000)`
      const run = promisify(execFile)(process.execPath, ['--input-type=module', '-e', script])
      const err = await run.catch((err: { code: number, stdout: string, stderr: string }) => err)
      expect(err).to.include({ code: 1, stdout: 'stopped\n' })
      expect(err.stderr).to.contain('ending on an error nobody caught: Error: boom')
    })
  }
})
