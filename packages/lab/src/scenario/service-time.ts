import { z } from 'zod'
import { duration } from './duration.ts'
import { numbersIn, pairsIn } from './files.ts'

const share = z.number().min(0).max(1)
const file = z.string().min(1).optional()

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

const pareto = z.strictObject({
  kind: z.literal('pareto'),
  min: duration.describe('The shortest.'),
  shape: z
    .number()
    .gt(0)
    .describe(
      'Tail index: P(longer than t) = (min ÷ t) to the power of it. No finite mean at 1 or below, no variance at 2.'
    ),
  max: duration.optional().describe('Draws beyond it count as this. Default: none.')
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
    .optional()
    .describe(
      'Measured quantiles, rising: [[0, "1ms"], [0.5, "4ms"], [0.99, "20ms"], [1, "80ms"]]. Straight lines between them.'
    ),
  file: file.describe('Instead: a JSON file of such points, found from where the scenario is.')
})

const samples = z.strictObject({
  kind: z.literal('samples'),
  values: z.array(duration).min(1).optional().describe('Measured durations, each as likely as any other.'),
  file: file.describe(
    'Instead: a file with one number of milliseconds a line, or a JSON list, found from where the scenario is.'
  )
})

/** How long a replica works on one call. Drawn per call and replica, the same in every run of a seed. */
export const serviceTime = z.discriminatedUnion('kind', [
  constant,
  exponential,
  normal,
  lognormal,
  pareto,
  bimodal,
  quantiles,
  samples
])

export type ParsedServiceTime = z.infer<typeof serviceTime>
type Measured = { kind: 'quantiles' } | { kind: 'samples' }

/** A distribution as worlds see it: what was measured is there as rising points. */
export type ServiceTime =
  | Exclude<ParsedServiceTime, Measured>
  | { readonly kind: 'quantiles'; readonly points: readonly (readonly [number, number])[] }

/** Files are read from `folder`. */
export function completeServiceTime(parsed: ParsedServiceTime, folder: string): ServiceTime {
  if (parsed.kind === 'quantiles') {
    return { kind: 'quantiles', points: parsed.points ?? pairsIn(parsed.file ?? '', folder) }
  }
  if (parsed.kind === 'samples') {
    return { kind: 'quantiles', points: pointsOf(parsed.values ?? numbersIn(parsed.file ?? '', folder)) }
  }
  return parsed
}

/** Every sample a point, so that what is drawn is what was measured, and the steps between two as likely as they are wide. */
function pointsOf(values: readonly number[]): [number, number][] {
  const sorted = Float64Array.from(values).sort()
  const last = sorted.length - 1
  if (last === 0)
    return [
      [0, sorted[0] ?? 0],
      [1, sorted[0] ?? 0]
    ]
  return Array.from(sorted, (value, at) => [at / last, value])
}

const Z99 = 2.3263478740408408

/** Mean of a distribution in ms; Infinity where it has none. */
export function meanOf(law: ServiceTime): number {
  switch (law.kind) {
    case 'constant':
      return law.value
    case 'exponential':
    case 'normal':
      return law.mean
    case 'lognormal':
      return law.median * Math.exp((Math.log(law.p99 / law.median) / Z99) ** 2 / 2)
    case 'pareto':
      return meanOfPareto(law)
    case 'bimodal':
      return (1 - law.rareShare) * law.common + law.rareShare * law.rare
    case 'quantiles':
      return meanOfPoints(law.points)
  }
}

function meanOfPareto({ min, shape, max = Infinity }: Extract<ServiceTime, { kind: 'pareto' }>): number {
  if (max === Infinity) return shape > 1 ? (shape * min) / (shape - 1) : Infinity
  // The integral of P(longer than t) from 0 to the cap.
  const tail = shape === 1 ? min * Math.log(max / min) : (min - min ** shape * max ** (1 - shape)) / (shape - 1)
  return min + tail
}

/** Straight lines between the points; below the first share the first value. */
function meanOfPoints(points: readonly (readonly [number, number])[]): number {
  let sum = (points[0]?.[0] ?? 0) * (points[0]?.[1] ?? 0)
  for (const [at, [share, value]] of points.entries()) {
    const before = points[at - 1]
    if (before !== undefined) sum += ((share - before[0]) * (value + before[1])) / 2
  }
  return sum
}
