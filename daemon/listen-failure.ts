/**
 * Why libp2p could not listen, in the words of the setting.
 * in: what its start threw. out: an error that says which address, and what to do.
 */

import { AddressInUseError, InvalidConfigError } from '../protocols/errors.ts'

/** libp2p says it in one text, a line for each address, a stack under each. */
const FAILED_ADDRESS = /^ +(\/\S+): (?:\w*Error: )?(.*)$/gm

/** Any other error is returned as it came. */
export function listenFailure (cause: unknown): unknown {
  const { name, message } = Object(cause) as Partial<Error>
  if (name !== 'UnsupportedListenAddressesError') return cause
  const failed = Array.from(message?.matchAll(FAILED_ADDRESS) ?? [],
    ([, address, why]) => ({ address, why: why! }))
  const taken = failed.filter(({ why }) => why.includes('EADDRINUSE'))
  if (taken.length > 0) {
    const addresses = taken.map(({ address }) => address).join(', ')
    return new AddressInUseError(`listen: another program listens on ${addresses}: choose ` +
      'another port with --listen, or 0 for any free one', { cause })
  }
  const reasons = failed.map(({ address, why }) => `${address}: ${why}`).join(', ')
  return new InvalidConfigError(`listen: cannot listen on ${reasons}`, { cause })
}
