import { interval, mean, studentT, varianceOfMean } from './interval.ts'

/** How far a second mean is from a first, and whether that is more than seeds differ among themselves. */
export interface Difference {
  readonly difference: number
  /** 95 % interval of the difference. */
  readonly low: number
  readonly high: number
  /** Undefined: with one seed on either side nothing is known of the noise. */
  readonly beyondNoise: boolean | undefined
}

/**
 * Of two runs under the same seeds in the same world the differences seed by seed are looked at: the same arrivals and
 * service times on both sides cancel, and a far smaller difference shows (common random numbers). Else Welch's test.
 */
export function differenceOf(first: readonly number[], second: readonly number[], paired: boolean): Difference {
  return paired && first.length === second.length ? bySeed(first, second) : welch(first, second)
}

function bySeed(first: readonly number[], second: readonly number[]): Difference {
  const { mean: difference, low, high } = interval(second.map((each, at) => each - (first[at] ?? 0)))
  // In virtual time one seed has one outcome: where every seed gives the same difference there is no noise to be beyond.
  return judged(difference, low, high, first.length >= 2)
}

/** Welch 1947, with Satterthwaite's degrees of freedom. */
function welch(first: readonly number[], second: readonly number[]): Difference {
  const [a, b] = [varianceOfMean(first), varianceOfMean(second)]
  const difference = mean(second) - mean(first)
  const known = first.length >= 2 && second.length >= 2
  const spread = a ** 2 / Math.max(1, first.length - 1) + b ** 2 / Math.max(1, second.length - 1)
  const half = known ? studentT(spread === 0 ? 1_000 : (a + b) ** 2 / spread) * Math.sqrt(a + b) : 0
  return judged(difference, difference - half, difference + half, known)
}

function judged(difference: number, low: number, high: number, known: boolean): Difference {
  return { difference, low, high, beyondNoise: known ? low > 0 || high < 0 : undefined }
}
