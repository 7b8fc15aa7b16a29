/**
 * Runs a command of ours under Node 24, whichever Node was asked to.
 * in: the name of a file in cli/. out: its process: our arguments, streams, signals, exit code.
 *
 * CommonJS in the syntax and with the APIs of Node 12, so that an old Node says what is missing
 * instead of failing to parse.
 */

const { spawn, spawnSync } = require('child_process')
const { existsSync } = require('fs')
const Module = require('module')
const { constants, homedir } = require('os')
const path = require('path')
const { pathToFileURL } = require('url')

const MINIMUM_NODE = 24
/** Less memory for the same speed: docs/decisions/footprint.md. */
const V8_FLAGS = ['--max-semi-space-size=4']
const NODE_FILE = process.platform === 'win32' ? 'node.exe' : 'node'

function launch (name) {
  if (major(process.version) >= MINIMUM_NODE) return run(name)
  const node = findNode()
  if (node !== undefined) return respawn(node)
  const chosen = process.env.CDND_NODE
  const found = chosen ? `CDND_NODE=${chosen}` : `this is ${process.version}`
  console.error(`${name} needs Node ${MINIMUM_NODE} or newer, but ${found}. ` +
    `Install one from https://nodejs.org or with "npm install --global node@${MINIMUM_NODE}", ` +
    'or set CDND_NODE to the path of one.')
  process.exitCode = 1
}

/** The TypeScript source in a checkout, the bundle in an installed package. */
function run (name) {
  keepCompiled()
  const root = path.join(__dirname, '..')
  const source = path.join(root, 'cli', `${name}.ts`)
  const entry = existsSync(source) ? source : path.join(root, 'dist', 'cli', `${name}.js`)
  return import(pathToFileURL(entry).href)
    .then(module => module.main(process.argv.slice(2)))
    .catch(error => {
      console.error(error)
      process.exitCode = 1
    })
}

/** Keeps compiled code for the next start, where only this user writes: it is run unchecked. */
function keepCompiled () {
  try {
    const caches = process.env.XDG_CACHE_HOME || path.join(homedir(), '.cache')
    Module.enableCompileCache(path.join(caches, 'cdnd', 'compiled'))
  } catch (error) {
    // A user without a home starts a little slower.
  }
}

/** A Node new enough: what CDND_NODE names, else the checkout's own, else one on the PATH. */
function findNode () {
  const chosen = process.env.CDND_NODE
  if (chosen) return isNewEnough(chosen) ? chosen : undefined
  return candidates().find(file => existsSync(file) && isNewEnough(file))
}

function candidates () {
  const folders = (process.env.PATH || '').split(path.delimiter).filter(folder => folder !== '')
  try {
    folders.unshift(path.join(path.dirname(require.resolve('node/package.json')), 'bin'))
  } catch (error) {
    // Only a checkout has the package; a machine's own Node may still do.
  }
  return folders.map(folder => path.join(folder, NODE_FILE))
}

function isNewEnough (node) {
  const answer = spawnSync(node, ['--version'], { encoding: 'utf8', timeout: 10000 })
  return answer.status === 0 && major(answer.stdout) >= MINIMUM_NODE
}

function major (version) {
  return Number(version.replace('v', '').split('.')[0])
}

/** The IPC channel is there to break: so the command learns of a launcher killed outright. */
function respawn (node) {
  const args = V8_FLAGS.concat(process.execArgv, process.argv.slice(1))
  const child = spawn(node, args, { stdio: ['inherit', 'inherit', 'inherit', 'ipc'] })
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT', 'SIGUSR2']) {
    if (signal in constants.signals) process.on(signal, () => child.kill(signal))
  }
  child.on('error', error => {
    console.error(`could not start ${node}: ${error.message}`)
    process.exitCode = 1
  })
  child.on('exit', (code, signal) => {
    process.exit(signal === null ? code : 128 + constants.signals[signal])
  })
}

module.exports = { launch }
