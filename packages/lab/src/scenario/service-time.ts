import { z } from 'zod'
import { duration } from './duration.ts'

const share = z.number().min(0).max(1)

const constant = z.strictObject({
  kind: z.literal('constant'),
  value: duration.describe('Every piece of work takes exactly this long.')
})

const exponential = z.strictObject({
  kind: z.literal('exponential'),
  mean: duration.describe('Mean of an exponential distribution: many short, a long tail (p99 = 4.6 × mean).')
})

const normal = z.strictObject({
  kind: z.literal('normal'),
  mean: duration,
  deviation: duration.describe('Standard deviation. Draws below zero count as zero.')
})

const lognormal = z.strictObject({
  kind: z.literal('lognormal'),
  median: duration,
  p99: duration.describe('99th percentile; with the median it fixes the shape. Must not be below the median.')
})

const bimodal = z.strictObject({
  kind: z.literal('bimodal'),
  common: duration.describe('What most work takes.'),
  rare: duration.describe('What the rest takes.'),
  rareShare: share.describe('Share of work that takes `rare`, 0 to 1.')
})

const quantiles = z.strictObject({
  kind: z.literal('quantiles'),
  points: z
    .array(z.tuple([share, duration]))
    .min(2)
    .describe(
      'Measured quantiles, rising: [[0, "1ms"], [0.5, "4ms"], [0.99, "20ms"], [1, "80ms"]]. Straight lines between them.'
    )
})

/** How long a replica works on one call. Drawn per call and replica, the same in every run of a seed. */
export const serviceTime: z.ZodDiscriminatedUnion<
  [typeof constant, typeof exponential, typeof normal, typeof lognormal, typeof bimodal, typeof quantiles],
  'kind'
> = z.discriminatedUnion('kind', [constant, exponential, normal, lognormal, bimodal, quantiles])

export type ServiceTime = z.infer<typeof serviceTime>
