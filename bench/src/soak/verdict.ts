import { slopeOf, type Slope } from '../stats/slope.ts'
import type { Checkpoint } from './checkpoint.ts'
import type { Tally } from './tally.ts'

/**
 * A leak is at least one small object, 24 bytes, for each call of some kind. Code that is compiled late, and caches that
 * fill to their bound, look like a fraction of a byte a call; one object in fifty calls already shows above this.
 */
const noiseFloor = 0.5

export interface Evidence {
  readonly points: readonly Checkpoint[]
  readonly tallies: readonly Tally[]
  readonly atRest: boolean
  readonly unhandled: readonly string[]
}

export interface SoakVerdict {
  readonly passed: boolean
  readonly calls: number
  /** Bytes a call, with its 95 % interval. */
  readonly heapSlope: Slope
  readonly checkpoints: readonly Checkpoint[]
  readonly checks: readonly { readonly what: string; readonly measured: string; readonly ok: boolean }[]
}

export function judge({ points, tallies, atRest, unhandled }: Evidence): SoakVerdict {
  const heapSlope = slopeOf(points.map(({ calls, heapBytes }) => [calls, heapBytes]))
  const begun = tallies.reduce((sum, tally) => sum + tally.begun, 0)
  const ended = tallies.reduce((sum, tally) => sum + tally.ended, 0)
  const timersLeft = points.reduce((sum, point) => sum + point.timersLeft, 0)
  const slowest = Math.max(...points.map(({ atRestAfterMs }) => atRestAfterMs))
  const { perUnit, low, high } = heapSlope
  const flat = low <= 0 || perUnit < noiseFloor
  const checks = [
    { what: 'every call ended, once', measured: `${ended} of ${begun}`, ok: ended === begun },
    { what: 'nothing in flight on any endpoint, ever a member', measured: atRest ? '0' : 'some', ok: atRest },
    { what: 'no timer left at any checkpoint', measured: `${timersLeft}, at rest within ${slowest.toFixed(0)} ms`, ok: timersLeft === 0 },
    { what: 'no unhandled rejection, no warning', measured: unhandled.length === 0 ? '0' : unhandled.slice(0, 3).join('\n'), ok: unhandled.length === 0 },
    { what: `heap slope is 0 within its interval, or below ${noiseFloor} bytes a call`, measured: `${perUnit.toFixed(3)} (${low.toFixed(3)} … ${high.toFixed(3)}) bytes a call`, ok: flat },
  ]
  return { passed: checks.every(({ ok }) => ok), calls: ended, heapSlope, checkpoints: points, checks }
}

export function printReport(verdict: SoakVerdict, tallies: readonly Tally[], events: ReadonlyMap<string, number>): void {
  for (const { replies, failures } of tallies) {
    const reasons = [...failures].toSorted(([, a], [, b]) => b - a).map(([name, times]) => `${name} ${times}`).join(', ')
    console.log(`${replies} replies; ended otherwise: ${reasons}`)
  }
  console.log(`events: ${[...events].toSorted(([, a], [, b]) => b - a).map(([name, times]) => `${name} ${times}`).join(', ')}`)
  for (const { what, measured, ok } of verdict.checks) console.log(`${ok ? 'PASS' : 'MISS'}  ${what}: ${measured}`)
}
