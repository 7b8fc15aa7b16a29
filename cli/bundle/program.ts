/**
 * What the bundle's script holds: the commands, each loaded when it is run.
 */

export const commands = {
  cdnd: () => import('../cdnd.ts'),
  'cdn-cli': () => import('../cdn-cli.ts')
}
