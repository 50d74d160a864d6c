import { z } from 'zod'
import { requestClass } from './request-class.ts'
import type { RequestClass } from './request-class.ts'
import { duration } from './duration.ts'
import { serviceTime } from './service-time.ts'
import type { ServiceTime } from './service-time.ts'

export { completeClass, isOnceOnly, REPEAT_BY_METHOD } from './request-class.ts'
export type { RequestClass } from './request-class.ts'

/** How long the last calls may take in the real world where the scenario does not say. */
const DRAIN = 5_000

const common = {
  warmUp: duration.default(0).describe('Load before the measured time. Its calls are in no figure.'),
  duration: duration.describe('Measured time: calls due in it are counted, every one.'),
  drain: duration
    .optional()
    .describe(
      'How long the last calls may still take after that; what is unanswered then has failed. Default: 5 s in the real world; in the virtual world as long as it takes.'
    ),
  classes: z.array(requestClass).min(1).max(256)
}
const rate = z.number().gt(0).describe('Calls a second, all classes together.')
const steady = {
  rate: rate.optional(),
  utilization: z
    .number()
    .gt(0)
    .optional()
    .describe(
      'Instead of `rate`: the busy share of the slots of the busiest service, by the mean of its service times, calls of services among each other included. 0.7 leaves room; above 1 there is more load than can ever be served.'
    )
}
const gaps = z
  .enum(['poisson', 'uniform'])
  .default('poisson')
  .describe('Gaps between calls: exponential at the rate of the moment, or all alike.')

const poisson = z.strictObject({
  arrivals: z
    .literal('poisson')
    .describe('Exponential gaps, drawn from the seed; the same instants for every contender.'),
  ...steady,
  ...common
})

const uniform = z.strictObject({ arrivals: z.literal('uniform').describe('All gaps alike.'), ...steady, ...common })

const ramp = z.strictObject({
  arrivals: z.literal('ramp').describe('The rate goes from `rate` to `to` along a straight line.'),
  rate,
  to: rate,
  at: duration.default(0).describe('When it leaves `rate`, counted from the end of the warm-up.'),
  for: duration.optional().describe('How long it takes; then it stays. Default: to the end.'),
  gaps,
  ...common
})

const spike = z.strictObject({
  arrivals: z.literal('spike').describe('The rate is `peak` for a while, `rate` before and after.'),
  rate,
  peak: rate,
  at: duration.describe('When it begins, counted from the end of the warm-up.'),
  for: duration,
  gaps,
  ...common
})

const trace = z.strictObject({
  arrivals: z.literal('trace').describe('Calls at given instants.'),
  instants: z
    .array(z.number())
    .min(1)
    .optional()
    .describe('Milliseconds from the end of the warm-up; those before its start or after the end are left out.'),
  file: z
    .string()
    .min(1)
    .optional()
    .describe('Instead: a file with one instant a line, or a JSON list, found from where the scenario is.'),
  ...common
})

const closed = z.strictObject({
  arrivals: z
    .literal('closed')
    .describe(
      'A closed loop: callers that wait for the answer, think, and call again. It hides what waits: a slow service gets fewer calls.'
    ),
  concurrency: z.number().int().min(1).describe('How many callers, all processes together.'),
  think: serviceTime.optional().describe('Time between an answer and the next call. Default: none.'),
  ...common
})

/**
 * The calls. Open loop but for `closed`: sent when they are due, whether or not earlier ones were answered.
 */
export const load = z.discriminatedUnion('arrivals', [poisson, uniform, ramp, spike, trace, closed])

export type ParsedLoad = z.infer<typeof load>

export interface LoadCommon {
  readonly warmUp: number
  readonly duration: number
  /** Undefined: the scenario does not say. */
  readonly drain: number | undefined
  readonly classes: readonly RequestClass[]
}
type Gaps = 'poisson' | 'uniform'

export type OpenLoad = LoadCommon & {
  /** Calls a second; of a ramp and a spike before it, of a trace the mean of the measured time. */
  readonly rate: number
} & (
    | { readonly arrivals: Gaps }
    | {
        readonly arrivals: 'ramp'
        readonly to: number
        readonly at: number
        readonly for: number
        readonly gaps: Gaps
      }
    | {
        readonly arrivals: 'spike'
        readonly peak: number
        readonly at: number
        readonly for: number
        readonly gaps: Gaps
      }
    | { readonly arrivals: 'trace'; readonly instants: readonly number[] }
  )
export type ClosedLoad = LoadCommon & {
  readonly arrivals: 'closed'
  readonly concurrency: number
  readonly think: ServiceTime
}
/** A load as worlds see it. */
export type Load = OpenLoad | ClosedLoad

/** The load of a world that plans its calls beforehand; such a world's limits have refused the closed loop. */
export function openLoad(load: Load): OpenLoad {
  if (load.arrivals === 'closed') throw new Error('the calls of a closed loop cannot be planned')
  return load
}

/** How long a real run waits for its last calls. */
export function realDrain({ drain = DRAIN }: Pick<Load, 'drain'>): number {
  return drain
}

function rounded(rate: number): number {
  return Number(rate.toPrecision(4))
}

/** For people: `200 calls a second`, `64 callers in a closed loop`. */
export function describeLoad(load: Load): string {
  switch (load.arrivals) {
    case 'closed':
      return `${load.concurrency} callers in a closed loop`
    case 'ramp':
      return `${load.rate} to ${load.to} calls a second`
    case 'spike':
      return `${load.rate} calls a second, ${load.peak} in a spike`
    case 'trace':
      return `a trace of ${load.instants.length} calls`
    default:
      return `${rounded(load.rate)} calls a second`
  }
}
