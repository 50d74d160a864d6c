import { linearRegression, mean } from 'simple-statistics'

export interface Slope {
  readonly perUnit: number
  readonly low: number
  readonly high: number
}

/** Two-sided 95 % points of Student's t for 1 to 18 degrees of freedom. */
const t95 = [12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.16, 2.145, 2.131, 2.12, 2.11, 2.101]

/** Least squares through the points, with the 95 % interval of the slope. */
export function slopeOf(points: readonly (readonly [x: number, y: number])[]): Slope {
  const pairs = points.map(([x, y]) => [x, y])
  const { m, b } = linearRegression(pairs)
  const freedom = points.length - 2
  const middle = mean(points.map(([x]) => x))
  const spread = points.reduce((sum, [x]) => sum + (x - middle) ** 2, 0)
  const residue = points.reduce((sum, [x, y]) => sum + (y - b - m * x) ** 2, 0)
  const error = (t95[Math.min(freedom, t95.length) - 1] ?? 2) * Math.sqrt(residue / freedom / spread)
  return { perUnit: m, low: m - error, high: m + error }
}
