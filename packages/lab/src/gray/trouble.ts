import type { ScenarioInput } from '../scenario/scenario.ts'

type FaultInput = NonNullable<ScenarioInput['faults']>[number]

/** Something that goes wrong with a fleet called `catalog`, from 0 on, for as long as is measured. */
export interface Trouble {
  readonly name: string
  readonly title: string
  /** `length` in ms. */
  readonly faults: (endpoints: number, length: number) => FaultInput[]
  /** Share of the fleet's capacity that is left, at its worst. */
  readonly left: (endpoints: number, length: number) => number
}

/** How long one step of a rolling restart is away. */
const RESTART = 2_000
/** A process that has just begun is so many times slower at first, for so long. */
export const COLD = { factor: 3, for: 2_000 } as const
/** So many steps has a rolling restart of a large fleet. */
const MOST_STEPS = 10

const everybody = (length: number): { at: 0; for: number; service: string } => ({ at: 0, for: length, service: 'catalog' })
const namesOf = (from: number, to: number): string[] => Array.from({ length: to - from }, (_, at) => `catalog-${from + at + 1}`)
/** One step after the other, the last one back before the end. */
function rolling(endpoints: number, length: number): { steps: number; every: number } {
  const steps = Math.min(endpoints, MOST_STEPS)
  return { steps, every: (length - RESTART) / Math.max(1, steps - 1) }
}

const third = (endpoints: number): number => Math.max(1, Math.round(endpoints / 3))
/** One in ten, at least one. */
const some = (endpoints: number): number => Math.max(1, Math.round(endpoints / 10))
const those = (endpoints: number, length: number): { at: 0; for: number; replicas: string[] } => ({ at: 0, for: length, replicas: namesOf(0, some(endpoints)) })

/** Gray failures: what a health check does not see. The last two are seen by one, and belong to every day. */
export const troubles: readonly Trouble[] = [
  {
    name: 'slow',
    title: 'one in ten slow × 10',
    faults: (endpoints, length) => [{ kind: 'slow', ...those(endpoints, length), factor: 10 }],
    left: (endpoints) => 1 - (some(endpoints) / endpoints) * 0.9
  },
  {
    name: 'failing',
    title: 'one in ten fails half, at once',
    faults: (endpoints, length) => [{ kind: 'fail', ...those(endpoints, length), code: 503, share: 0.5 }],
    left: () => 1
  },
  {
    name: 'hung',
    title: 'one in ten hung',
    faults: (endpoints, length) => [{ kind: 'hang', ...those(endpoints, length) }],
    left: (endpoints) => 1 - some(endpoints) / endpoints
  },
  {
    name: 'pauses',
    title: 'pauses: 1 % of time, 200 ms each',
    faults: (_, length) => [{ kind: 'pause', ...everybody(length), length: 200, share: 0.01 }],
    left: () => 0.99
  },
  {
    name: 'antagonists',
    title: 'antagonists: speed ± 60 %',
    faults: (_, length) => [{ kind: 'antagonist', ...everybody(length), amount: 0.6, every: 1_000 }],
    left: () => 1
  },
  {
    name: 'restart',
    title: 'rolling restart',
    faults: (endpoints, length) => {
      const { steps, every } = rolling(endpoints, length)
      const bound = (step: number): number => Math.round((step * endpoints) / steps)
      return Array.from({ length: steps }, (_, step) => ({
        kind: 'kill', name: `restart ${step + 1}`, at: Math.round(step * every), for: RESTART, replicas: namesOf(bound(step), bound(step + 1))
      }))
    },
    left: (endpoints, length) => {
      const { steps, every } = rolling(endpoints, length)
      const begunWithin = (time: number): number => Math.min(steps, Math.ceil(time / every))
      const away = begunWithin(RESTART)
      // Those that are back and not warm yet do half of their work, roughly.
      return 1 - (away + (begunWithin(RESTART + COLD.for) - away) / 2) / steps
    }
  },
  {
    name: 'third-gone',
    title: 'a third gone',
    faults: (endpoints, length) => [{ kind: 'kill', at: 0, for: length, replicas: namesOf(0, third(endpoints)) }],
    left: (endpoints) => 1 - third(endpoints) / endpoints
  }
]
