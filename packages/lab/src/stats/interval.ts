/** A mean over seeds and where the true one is with 95 % confidence. */
export interface Interval {
  readonly mean: number
  readonly low: number
  readonly high: number
}

/** 97.5 % quantile of Student's t by degrees of freedom, from 1 (NIST handbook, 1.3.6.7.2). */
const T = [
  12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.16, 2.145, 2.131, 2.12, 2.11,
  2.101, 2.093, 2.086, 2.08, 2.074, 2.069, 2.064, 2.06, 2.056, 2.052, 2.048, 2.045, 2.042
]
const NORMAL = 1.96

export function studentT(degrees: number): number {
  return T[Math.max(1, Math.floor(degrees)) - 1] ?? NORMAL
}

export function mean(values: readonly number[]): number {
  return values.length === 0 ? 0 : values.reduce((sum, each) => sum + each, 0) / values.length
}

/** Of the mean itself: sample variance ÷ n. */
export function varianceOfMean(values: readonly number[]): number {
  const n = values.length
  const centre = mean(values)
  return n < 2 ? 0 : values.reduce((sum, each) => sum + (each - centre) ** 2, 0) / (n - 1) / n
}

/** Student's interval. Seeds are independent of each other; that their figures are normal is only roughly so. */
export function interval(values: readonly number[]): Interval {
  const centre = mean(values)
  const half = values.length < 2 ? 0 : studentT(values.length - 1) * Math.sqrt(varianceOfMean(values))
  return { mean: centre, low: centre - half, high: centre + half }
}
