/**
 * TCP that dials bootstraps from the port that holes are punched from. For Node only.
 * in: the port. out: libp2p's TCP transport.
 */

import type { Transport } from '@libp2p/interface'
import type { TCPComponents } from '@libp2p/tcp'
import { tcp } from '../tcp.ts'
import type { PunchPort } from './punch-port.ts'

/** The port is bound by another program; or it is connected to that very address already. */
const TAKEN = ['EADDRINUSE', 'EADDRNOTAVAIL', 'EACCES']

export const punchingTcp = (port: PunchPort, make: typeof tcp = tcp) =>
  (components: TCPComponents): Transport => {
    const transport: Transport = make()(components)
    const dial = transport.dial.bind(transport)
    transport.dial = async (address, options) => {
      if (!port.isAnchor(address)) return await dial(address, options)
      try {
        const connection = await dial(address, { ...options, ...dialledFrom(port) })
        port.dialled(connection)
        return connection
      } catch (err) {
        if (!isTaken(err)) throw err
        if ((err as NodeJS.ErrnoException).code === 'EADDRINUSE') port.change()
        return await dial(address, options)
      }
    }
    return transport
  }

/** An option of libp2p's TCP that its types do not know. */
export const dialledFrom = ({ local }: PunchPort): object => ({ localPort: local })

export function isTaken (err: unknown): boolean {
  return TAKEN.includes((err as NodeJS.ErrnoException).code ?? '')
}
