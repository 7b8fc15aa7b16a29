/**
 * Mocha's `spec` report with one plain line at its end, `N passed, N failed`, which a person, a
 * script and CI read alike. CommonJS, because mocha loads a reporter by `require`.
 */

const { reporters } = require('mocha')

/** How long what the tests left open may keep the process: a run must not hang, nor hide a leak. */
const LINGER_MS = 10_000

class SummaryReporter extends reporters.Spec {
  epilogue () {
    super.epilogue()
    console.log(`${this.stats.passes} passed, ${this.stats.failures} failed`)
    setTimeout(() => {
      console.error(`the tests left open: ${openResources().join(', ')}`)
      // After mocha's own listener, which sets the code to the count of failures.
      process.once('exit', () => { process.exitCode = 1 })
      process.exit()
    }, LINGER_MS).unref()
  }
}

/** Node's own, and handles of the event loop, among them those of native addons. */
function openResources () {
  process.report.excludeNetwork = true
  const handles = process.report.getReport().libuv
    .filter(({ is_active: isActive, is_referenced: isReferenced }) => isActive && isReferenced)
    .map(({ type, localEndpoint }) => `${type} handle ${localEndpoint?.port ?? ''}`.trim())
  return [...process.getActiveResourcesInfo(), ...handles]
}

module.exports = SummaryReporter
