import type { ServiceTime } from '../scenario/service-time.ts'

/** Standard normal quantile of 0.99: what relates a lognormal's p99 to its median. */
const Z99 = 2.3263478740408408

/** The service time at quantile `u` of (0, 1), in milliseconds: inverse transform sampling. */
export function serviceTimeAt(law: ServiceTime, u: number): number {
  switch (law.kind) {
    case 'constant':
      return law.value
    case 'exponential':
      return -law.mean * Math.log(1 - u)
    case 'normal':
      return Math.max(0, law.mean + law.deviation * normalQuantile(u))
    case 'lognormal':
      return law.median * (law.p99 / law.median) ** (normalQuantile(u) / Z99)
    case 'pareto':
      return Math.min(law.max ?? Infinity, law.min * (1 - u) ** (-1 / law.shape))
    case 'bimodal':
      return u < 1 - law.rareShare ? law.common : law.rare
    case 'quantiles':
      return interpolate(law.points, u)
  }
}

function interpolate(points: readonly (readonly [number, number])[], u: number): number {
  const at = firstAtLeast(points, u)
  const [share, value] = points[at] ?? [1, 0]
  const [shareBefore, valueBefore] = points[at - 1] ?? [0, value]
  if (share === shareBefore) return value
  return valueBefore + ((value - valueBefore) * (u - shareBefore)) / (share - shareBefore)
}

/** Of rising shares the first that is at least `u`, by halving: an empirical law has a point per sample. */
function firstAtLeast(points: readonly (readonly [number, number])[], u: number): number {
  let from = 0
  let to = points.length - 1
  while (from < to) {
    const middle = (from + to) >> 1
    if ((points[middle]?.[0] ?? 1) >= u) to = middle
    else from = middle + 1
  }
  return from
}

const A = [
  -3.969683028665376e1, 2.209460984245205e2, -2.759285104469687e2, 1.38357751867269e2, -3.066479806614716e1,
  2.506628277459239
]
const B = [
  -5.447609879822406e1, 1.615858368580409e2, -1.556989798598866e2, 6.680131188771972e1, -1.328068155288572e1, 1
]
const C = [
  -7.784894002430293e-3, -3.223964580411365e-1, -2.400758277161838, -2.549732539343734, 4.374664141464968,
  2.938163982698783
]
const D = [7.784695709041462e-3, 3.224671290700398e-1, 2.445134137142996, 3.754408661907416, 1]

/** Inverse of the standard normal distribution (Acklam's rational approximation, relative error < 1.2e-9). */
export function normalQuantile(u: number): number {
  if (u > 0.97575) return -normalQuantile(1 - u)
  if (u < 0.02425) {
    const q = Math.sqrt(-2 * Math.log(u))
    return horner(C, q) / horner(D, q)
  }
  const q = u - 0.5
  return (horner(A, q * q) * q) / horner(B, q * q)
}

function horner(coefficients: readonly number[], x: number): number {
  return coefficients.reduce((sum, coefficient) => sum * x + coefficient, 0)
}
