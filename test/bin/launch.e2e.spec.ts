/**
 * The launchers as processes, under Node 24 and an older one: a copy of bin/ and a small command.
 */

import { type ChildProcess, execFile, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect } from 'chai'

const BIN = fileURLToPath(new URL('../../bin', import.meta.url))
const NODE_24 = process.execPath
const OLD_NODE = (process.env.PATH ?? '').split(delimiter)
  .map(folder => join(folder, 'node'))
  .find(file => existsSync(file) && Number(versionOf(file).slice(1).split('.')[0]) < 24)

interface Result { stdout: string, stderr: string, code: number }

/** What a command in cli/ looks like: says who runs it, or waits to be told to stop. */
const COMMAND = `
export async function main (argv: string[]): Promise<void> {
  if (argv[0] === 'exit') process.exitCode = Number(argv[1])
  if (argv[0] === 'cat') for await (const chunk of process.stdin) process.stdout.write(chunk)
  if (argv[0] !== 'wait') return console.log(JSON.stringify({ argv, node: process.version }))
  const stop = () => { console.log('stopped'); process.exit(9) }
  process.once('SIGTERM', stop).once('disconnect', stop)
  setInterval(() => {}, 1000)
  console.log('pid=' + process.pid)
}
`

describe('bin/launch', () => {
  let folder: string
  let launcher: string

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'cdnd-launch-'))
    launcher = join(folder, 'bin', 'cdnd.js')
    await cp(BIN, join(folder, 'bin'), { recursive: true })
    await mkdir(join(folder, 'cli'))
    await writeFile(join(folder, 'package.json'), '{ "type": "module" }')
    await writeFile(join(folder, 'cli', 'cdnd.ts'), COMMAND)
  })

  after(() => rm(folder, { recursive: true, force: true }))

  for (const node of OLD_NODE === undefined ? [NODE_24] : [NODE_24, OLD_NODE]) {
    describe(`under ${versionOf(node)}`, () => {
      it('runs the command on Node 24 with the arguments given', async () => {
        const { stdout, code } = await run(node, [launcher, 'a b', '--c'], NODE_24)
        expect(JSON.parse(stdout)).to.deep.equal({ argv: ['a b', '--c'], node: process.version })
        expect(code).to.equal(0)
      })

      it('keeps the exit code', async () => {
        expect((await run(node, [launcher, 'exit', '7'], NODE_24)).code).to.equal(7)
      })

      it('hands standard input on', async () => {
        const { stdout } = await run(node, [launcher, 'cat'], NODE_24, 'from stdin\n')
        expect(stdout).to.match(/^from stdin\n/)
      })

      it('forwards SIGTERM and waits for the command to stop', async () => {
        const child = spawn(node, [launcher, 'wait'], { env: withNode(NODE_24) })
        await output(child, /pid=\d+/)
        const stopped = output(child, /stopped/)
        child.kill('SIGTERM')
        await stopped
        expect((await once(child, 'exit'))[0]).to.equal(9)
      })
    })
  }

  if (OLD_NODE !== undefined) {
    it('a launcher that is killed lets the command know', async () => {
      const child = spawn(OLD_NODE, [launcher, 'wait'], { env: withNode(NODE_24) })
      await output(child, /pid=\d+/)
      const stopped = output(child, /stopped/)
      child.kill('SIGKILL')
      await stopped
    })

    it('says what to install when there is no Node 24', async () => {
      const { stderr, code } = await run(OLD_NODE, [launcher], OLD_NODE)
      expect(stderr).to.match(/^cdnd needs Node 24 or newer, but CDND_NODE=\S+\. Install one from /)
      expect(stderr.trim().split('\n')).to.have.length(1)
      expect(code).to.equal(1)
    })

    it('finds a Node 24 on the path', async () => {
      const env = { PATH: [join(NODE_24, '..'), '/usr/bin', '/bin'].join(delimiter) }
      const child = spawn(OLD_NODE, [launcher], { env })
      expect(await output(child, /"node":"[^"]+"/)).to.contain(process.version)
    })
  }
})

function versionOf (node: string): string {
  return spawnSync(node, ['--version'], { encoding: 'utf8' }).stdout.trim()
}

function withNode (node: string): NodeJS.ProcessEnv {
  return { ...process.env, CDND_NODE: node }
}

function run (file: string, args: string[], node: string, input = ''): Promise<Result> {
  return new Promise(resolve => {
    const child = execFile(file, args, { env: withNode(node) }, (error, stdout, stderr) => {
      resolve({ stdout, stderr, code: Number(error?.code ?? 0) })
    })
    child.stdin?.end(input)
  })
}

/** What the process has printed once it matches. */
async function output (child: ChildProcess, pattern: RegExp): Promise<string> {
  let text = ''
  for await (const chunk of child.stdout?.iterator({ destroyOnReturn: false }) ?? []) {
    text += String(chunk)
    if (pattern.test(text)) return text
  }
  throw new Error(`the process ended with "${text}"`)
}
