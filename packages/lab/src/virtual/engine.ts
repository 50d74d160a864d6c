import type { Draws } from '../random.ts'
import type { DecisionLog } from '../decisions/log.ts'
import type { Agenda } from './agenda.ts'
import type { VirtualCall } from './contract.ts'
import type { TryLog } from './record/try-log.ts'

/** What every part of one run shares. */
export interface Engine {
  readonly agenda: Agenda
  readonly draws: Draws
  readonly tries: TryLog
  /** Whether replies carry what their server knows of its load. */
  readonly reports: boolean
  /** Whether anybody looks into what waits where. */
  readonly foresight: boolean
  /** Whether the server half is in use where services have it. */
  readonly admission: boolean
  /** What is decided is kept in it; undefined: nobody listens. */
  readonly decisions: DecisionLog | undefined
  /** Work on a call has begun somewhere. */
  begun(call: VirtualCall): void
}
