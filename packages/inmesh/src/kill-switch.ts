import { killSwitchVariable, parseKillSwitch, type Mode } from '@inmesh/pipeline'
import type { Mistake } from './config/index.ts'

const modes = ['off', 'observe', 'on'] as const

/**
 * The kill switch of the environment: no policy of any mesh in this process goes further. Read when a mesh is made. A
 * value that is none of the three is a mistake and never a silent `on`: whoever set it meant to switch something.
 */
export function killSwitch(value: string | undefined): Mode | Mistake {
  return parseKillSwitch(value) ?? { path: `environment variable ${killSwitchVariable}`, got: JSON.stringify(value), accepted: modes.join(', ') }
}

/** For `mesh.mode()` from code without types: a switch that nobody hears is worse than one that refuses. */
export function wrongMode(mode: unknown): Mistake | undefined {
  if (modes.some((known) => known === mode)) return undefined
  const share = typeof mode === 'object' && mode !== null && 'enforce' in mode ? mode.enforce : undefined
  if (typeof share === 'number' && share >= 0 && share <= 1) return undefined
  return { path: 'mode()', got: JSON.stringify(mode) ?? String(mode), accepted: `${modes.join(', ')}, or { enforce: a number from 0 to 1 }` }
}
