import { z } from 'zod'
import { duration } from './duration.ts'

const whose = {
  contender: z.string().min(1).optional().describe('Whose figure. Default: every contender must hold it.')
}
const share = z.number().min(0).max(1)

/** Which calls. */
const part = {
  from: duration.optional().describe('Only calls due from here on, counted from the end of the warm-up.'),
  until: duration.optional().describe('Only calls due before this.'),
  operation: z.string().min(1).optional().describe('Only calls of this operation.')
}
const quantile = z.enum(['p50', 'p90', 'p99', 'p999', 'max'])
const of = z.string().min(1).optional().describe('The contender whose same figure is the measure.')

const success = z.strictObject({
  ...whose,
  ...part,
  metric: z.literal('success').describe('Share of all calls due in the measured time that got a 2xx, read to its end.'),
  atLeast: share
})

const served = z.strictObject({
  ...whose,
  ...part,
  metric: z.literal('served').describe('Calls a second answered with success.'),
  within: duration.optional().describe('Count only those answered within this time.'),
  atLeast: z.number().min(0).optional().describe('Calls a second.'),
  atLeastTimes: z.number().gt(0).optional().describe('A bar relative to that of the contender `of`.'),
  of
})

const latency = z.strictObject({
  ...whose,
  ...part,
  metric: z
    .literal('latency')
    .describe('Over all calls, from the intended send time; a failed one counts until it failed.'),
  quantile,
  calls: z
    .enum(['all', 'served'])
    .default('all')
    .describe('all: of every call. served: only of those answered with success, which is what a server that refuses some is measured by.'),
  atMost: duration.optional().describe('An absolute bar.'),
  atMostTimesHealthy: z
    .number()
    .gt(0)
    .optional()
    .describe("A bar relative to the same contender's same quantile before the first fault, spike or ramp."),
  atMostTimes: z
    .number()
    .gt(0)
    .optional()
    .describe('A bar relative to the contender `of`, under the same seed: 1.05 is 5 % more than its.'),
  of
})

const shareOfOracle = z.strictObject({
  ...whose,
  metric: z
    .literal('shareOfOracle')
    .describe(
      'How far from round robin (0) to the oracle (1) a quantile has come; needs contenders with the peers "round-robin" and "oracle".'
    ),
  quantile: quantile.default('p99'),
  atLeast: z.number().max(1)
})

const extraLoad = z.strictObject({
  ...whose,
  metric: z.literal('extraLoad').describe('Tries ÷ calls − 1.'),
  from: part.from,
  until: part.until,
  atMost: z.number().min(0)
})

const tries = z.strictObject({
  ...whose,
  metric: z
    .literal('tries')
    .describe('Tries that reach a service, for each call of the load: what the layers above it make of one call.'),
  service: z.string().min(1),
  atMost: z.number().min(0)
})

const faultShare = z.strictObject({
  ...whose,
  metric: z.literal('faultShare').describe('Share of all tries that still go to the faulty replicas.'),
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
  metric: z
    .literal('cpu')
    .describe("Share of the machine's CPU that was busy, everything on it included. Not judged in the virtual world."),
  below: share
})

/** What must hold for the run to count as passed. */
export const assertion = z.discriminatedUnion('metric', [
  success,
  served,
  latency,
  shareOfOracle,
  extraLoad,
  tries,
  faultShare,
  outOfTheWay,
  repeatedWork,
  cpu
])

export type Assertion = z.infer<typeof assertion>
