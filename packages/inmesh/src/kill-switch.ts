import type { Mode } from '@inmesh/pipeline'
import type { Mistake } from './config/index.ts'

export const killSwitchVariable = 'INMESH_MODE'

const modes = ['off', 'observe', 'on'] as const

/**
 * The kill switch of the environment: no policy of any mesh in this process goes further. Read when a mesh is made. A
 * value that is none of the three is a mistake and never a silent `on`: whoever set it meant to switch something.
 */
export function killSwitch(value: string | undefined): Mode | Mistake {
  if (value === undefined || value === '') return 'on'
  const mode = modes.find((known) => known === value)
  return mode ?? { path: `environment variable ${killSwitchVariable}`, got: JSON.stringify(value), accepted: modes.join(', ') }
}
