import type { Recording } from './recording.ts'
import { checkRealWorld } from './real/limits.ts'
import { runReal } from './real/world.ts'
import type { RealOptions, Watcher } from './real/world.ts'
import type { Contender } from './scenario/contenders.ts'
import type { Scenario } from './scenario/scenario.ts'
import { checkVirtualWorld } from './virtual/limits.ts'

interface WorldEntry {
  /** Throws a `ScenarioError` with everything that this world cannot do. */
  readonly check: (scenario: Scenario) => void
  readonly has: (contender: Contender) => boolean
  readonly run: (scenario: Scenario, contender: Contender, seed: number, watcher?: Watcher, options?: RealOptions) => Promise<Recording>
}

export const worlds: Readonly<Record<World, WorldEntry>> = {
  real: {
    check: checkRealWorld,
    has: ({ kind }) => kind !== 'peer',
    run: runReal
  },
  virtual: {
    check: checkVirtualWorld,
    has: ({ kind }) => kind === 'inmesh' || kind === 'peer',
    run: async (scenario, contender, seed, watcher, options) => {
      const { runVirtual } = await import('./virtual/world.ts')
      // What the machine does meanwhile says nothing of the contender.
      return { ...runVirtual(scenario, contender, seed, watcher, options), cpu: undefined }
    }
  }
}

/** Real processes and sockets of this machine, or virtual time. */
export type World = 'real' | 'virtual'

export const worldNames: readonly World[] = ['real', 'virtual']
