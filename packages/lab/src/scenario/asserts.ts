import { z } from 'zod'
import { duration } from './duration.ts'

const whose = {
  contender: z.string().min(1).optional().describe('Whose figure. Default: every contender must hold it.')
}
const share = z.number().min(0).max(1)

const success = z.strictObject({
  ...whose,
  metric: z.literal('success').describe('Share of all calls due in the measured time that got a 2xx, read to its end.'),
  atLeast: share
})

const latency = z.strictObject({
  ...whose,
  metric: z
    .literal('latency')
    .describe('Over all calls, from the intended send time; a failed one counts until it failed.'),
  quantile: z.enum(['p50', 'p90', 'p99', 'p999', 'max']),
  atMost: duration.optional().describe('An absolute bar.'),
  atMostTimesHealthy: z
    .number()
    .gt(0)
    .optional()
    .describe("A bar relative to the same contender's same quantile before the first fault.")
})

const extraLoad = z.strictObject({
  ...whose,
  metric: z.literal('extraLoad').describe('Tries ÷ calls − 1.'),
  atMost: z.number().min(0)
})

const faultShare = z.strictObject({
  ...whose,
  metric: z.literal('faultShare').describe('Share of all tries that still go to the faulty replica.'),
  fault: z.string().min(1),
  after: duration.describe('Counted from this long after the fault began until it ends.'),
  below: share
})

const outOfTheWay = z.strictObject({
  ...whose,
  metric: z.literal('outOfTheWay').describe('How long callers felt the fault.'),
  fault: z.string().min(1),
  within: duration
})

const repeatedWork = z.strictObject({
  ...whose,
  metric: z.literal('repeatedWork').describe('Calls that must not be repeated whose work was begun more than once.'),
  atMost: z.number().int().min(0)
})

const cpu = z.strictObject({
  ...whose,
  metric: z.literal('cpu').describe("Share of the machine's CPU that was busy, everything on it included."),
  below: share
})

/** What must hold for the run to count as passed. */
export const assertion: z.ZodDiscriminatedUnion<
  [
    typeof success,
    typeof latency,
    typeof extraLoad,
    typeof faultShare,
    typeof outOfTheWay,
    typeof repeatedWork,
    typeof cpu
  ],
  'metric'
> = z.discriminatedUnion('metric', [success, latency, extraLoad, faultShare, outOfTheWay, repeatedWork, cpu])

export type Assertion = z.infer<typeof assertion>
