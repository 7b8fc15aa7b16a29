import { expect } from 'chai'
import { CommanderError } from 'commander'
import { EXIT_CODES, exitCodeOf } from '../../cli/exit-code.ts'
import { StoppedError } from '../../cli/stop-signal.ts'
import * as errors from '../../protocols/errors.ts'
import { DaemonAnswerError, DeadlineError } from '../../protocols/errors.ts'

describe('cli/exit-code', () => {
  it('has a code for every error there is, and no other', () => {
    const names = Object.keys(errors).filter(name => name !== 'DaemonAnswerError').sort()
    expect(EXIT_CODES.flatMap(row => [...row.errors]).sort()).to.deep.equal(names)
  })

  it('is that of the error’s name, also when a daemon told it', () => {
    expect(exitCodeOf(new DeadlineError('late'))).to.equal(5)
    expect(exitCodeOf(new DaemonAnswerError('DeadlineError', 'late', 504))).to.equal(5)
  })

  it('tells a full or forbidden disk from an error nobody foresaw', () => {
    expect(exitCodeOf(Object.assign(new Error('no space'), { syscall: 'write' }))).to.equal(8)
    expect(exitCodeOf(new TypeError('x is undefined'))).to.equal(1)
    expect(exitCodeOf('text')).to.equal(1)
  })

  it('is as a shell has it for a signal, and 2 for a wrong command line', () => {
    expect(exitCodeOf(new StoppedError('SIGTERM'))).to.equal(143)
    expect(exitCodeOf(new CommanderError(1, 'commander.unknownOption', 'x'))).to.equal(2)
    expect(exitCodeOf(new CommanderError(0, 'commander.help', 'x'))).to.equal(0)
  })
})
