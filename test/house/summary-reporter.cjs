/**
 * Mocha's `spec` report with one plain line at its end, `N passed, N failed`, which a person, a
 * script and CI read alike. CommonJS, because mocha loads a reporter by `require`.
 */

const { reporters } = require('mocha')

class SummaryReporter extends reporters.Spec {
  epilogue () {
    super.epilogue()
    console.log(`${this.stats.passes} passed, ${this.stats.failures} failed`)
  }
}

module.exports = SummaryReporter
