import type { Clock } from './clock.ts'
import type { Observers } from './events.ts'
import type { Mode } from './mode.ts'

/** What a mesh lends to the servers around it: its time, who listens, and its kill switch. */
export interface MeshHost {
  /** `local.service`: who we are; undefined where nobody said. */
  readonly service: string | undefined
  readonly clock: Clock
  readonly observers: Observers
  /** The mode in force, at any moment: no policy of a server goes further. */
  mode(): Mode
}
