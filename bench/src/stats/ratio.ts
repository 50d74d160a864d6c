import { seededRandom } from '@inmesh/testing'
import { median, quantileSorted } from 'simple-statistics'

export interface Interval {
  readonly estimate: number
  readonly low: number
  readonly high: number
}

const resamples = 2000

/** The median with its 95 % bootstrap interval (Efron 1979). Seeded: the same samples give the same interval. */
export function medianWithInterval(samples: readonly number[]): Interval {
  const random = seededRandom(samples.length)
  const medians = Float64Array.from({ length: resamples }, () => medianOfResample(samples, () => random.next()))
  const sorted = Array.from(medians.sort())
  return { estimate: median([...samples]), low: quantileSorted(sorted, 0.025), high: quantileSorted(sorted, 0.975) }
}

function medianOfResample(samples: readonly number[], next: () => number): number {
  const drawn = new Float64Array(samples.length)
  for (let i = 0; i < drawn.length; i++) drawn[i] = samples[Math.floor(next() * samples.length)] as number
  drawn.sort()
  return quantileSorted(Array.from(drawn), 0.5)
}
