import type { Mode } from './mode.ts'

/** The environment's switch, read when a mesh or a server's middleware is made: nothing in this process goes further. */
export const killSwitchVariable = 'INMESH_MODE'

/** What its value means: `on` where it is not set; undefined for a word that is none of the three. */
export function parseKillSwitch(value: string | undefined): Mode | undefined {
  if (value === undefined || value === '') return 'on'
  return value === 'off' || value === 'observe' || value === 'on' ? value : undefined
}
