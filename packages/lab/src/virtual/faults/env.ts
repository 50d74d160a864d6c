import type { Registry } from '../clients/registry.ts'
import type { Engine } from '../engine.ts'
import type { Fleet } from '../fleet.ts'

/** What faults have to work with. */
export interface FaultEnv {
  readonly engine: Engine
  readonly fleet: Fleet
  readonly registry: Registry
  /** Nobody waits for anything any more: what would go on for ever ends. */
  isOver(): boolean
}
