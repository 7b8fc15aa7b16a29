import { readFileSync } from 'node:fs'
import { expect } from 'chai'
import { errorAnswer, rawErrorResponse } from '../../../daemon/http/error-response.ts'
import { DeadlineError, PeerBusyError } from '../../../protocols/errors.ts'

describe('daemon/http/error-response', () => {
  it('answers with the status docs/http.md gives each name', () => {
    const docs = readFileSync(new URL('../../../docs/http.md', import.meta.url), 'utf8')
    const rows = [...docs.matchAll(/^\| (\d{3}) \| (.*) \|$/gm)]
    const byServer = ['MethodNotAllowedError', 'RequestTimeoutError', 'HeadersTooLargeError',
      'InternalError', 'NotFoundError']
    const checked = rows.flatMap(([, status, text]) =>
      [...text!.matchAll(/`(\w+Error)`/g)].map(([, name]) => ({ name: name!, status })))
    expect(checked.length).to.be.above(25)
    for (const { name, status } of checked) {
      if (byServer.includes(name)) continue
      expect(errorAnswer({ name, message: '' }).status, name).to.equal(Number(status))
    }
  })

  it('gives the name and the text of a failure it knows', () => {
    expect(errorAnswer(new DeadlineError('10 s are over'))).to.deep.equal({
      status: 504, body: { error: 'DeadlineError', message: '10 s are over' }
    })
    expect(errorAnswer(new PeerBusyError(1500)).status).to.equal(503)
  })

  it('keeps the text of every other failure, whatever was thrown', () => {
    for (const err of [new TypeError('secret'), 'secret', undefined, null, { statusCode: 500 }]) {
      const { status, body } = errorAnswer(err)
      expect(status).to.equal(500)
      expect(body.error).to.equal('InternalError')
      expect(body.message).not.to.contain('secret')
    }
  })

  it('writes whole responses for requests that are none', () => {
    expect(rawErrorResponse('HPE_HEADER_OVERFLOW')).to.match(/^HTTP\/1\.1 431 /)
    expect(rawErrorResponse('ERR_HTTP_REQUEST_TIMEOUT')).to.match(/^HTTP\/1\.1 408 /)
    const [head, body] = rawErrorResponse(undefined).split('\r\n\r\n')
    expect(head).to.match(/^HTTP\/1\.1 400 /).and.to.contain(`content-length: ${body!.length}`)
    expect(JSON.parse(body!)).to.have.keys('error', 'message')
  })
})
