import type { ConformanceAdapter, Feature, Rig, RigOptions } from './adapter.ts'

/** One sentence that every adapter must make true. */
export interface Behaviour {
  readonly text: string
  /** What it cannot be shown without. */
  readonly needs?: readonly Feature[]
  readonly replicas?: number
  readonly policy?: RigOptions['policy']
  readonly ceiling?: RigOptions['ceiling']
  readonly connections?: number
  run(rig: Rig, adapter: ConformanceAdapter): Promise<void>
}

/** One wait that tests can wait for, and a budget that is never what a behaviour is about. */
export const quick: RigOptions['policy'] = {
  retry: { backoff: { min: 0, max: 0 } },
  backup: false,
  rescue: false,
  budget: { ratio: 10 },
  eject: false,
  balance: { by: 'round-robin' },
}
