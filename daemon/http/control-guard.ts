/**
 * Who may call the control API: programs of this user that know the token. Any web page can reach
 * 127.0.0.1, by its address or by a host name of its own that resolves there.
 */

import { ForbiddenError, UnauthorizedError } from '../../protocols/errors.ts'
import { isAuthorized } from './control-token.ts'
import type { IncomingHttpHeaders } from 'node:http'

const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[::1\])(:\d{1,5})?$/i

/**
 * Passes a call or throws; the token is looked at last, so that a page learns nothing of it.
 *
 * @throws ForbiddenError UnauthorizedError
 */
export function assertMayControl (headers: IncomingHttpHeaders, token: string): void {
  if (!LOOPBACK.test(headers.host ?? '')) {
    throw new ForbiddenError('the control API answers to 127.0.0.1, [::1] and localhost only')
  }
  if (headers.origin !== undefined || isFromPage(headers['sec-fetch-site'])) {
    throw new ForbiddenError('the control API is not for web pages')
  }
  if (!isAuthorized(headers.authorization, token)) {
    throw new UnauthorizedError('give "Authorization: Bearer <token>": the token is in ' +
      'control.token in the data folder')
  }
}

/** Browsers say of every request where it comes from; `none` is a person who typed the address. */
function isFromPage (site: string | string[] | undefined): boolean {
  return site !== undefined && site !== 'none'
}
