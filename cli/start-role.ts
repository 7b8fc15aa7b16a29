/**
 * Starts a node of any role. in: its settings. out: the running node, with what its ready line says.
 */

import type { StartRole } from './role.ts'

export const startRole: StartRole = async ({ role }) => {
  throw new Error(`the role ${role} cannot be started yet`)
}
