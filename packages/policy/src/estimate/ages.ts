import type { Instant } from '../types.ts'

/*
 * The mean age of the tries that await their head, each in medians of its operation, from two running sums. This is how
 * a hung endpoint shows before its timeout (brpc's locality-aware balancer does the same with unfinished calls). Bodies,
 * event streams and sockets are not in it: one healthy 30 s long poll would cut its host out.
 *
 * Its state is Σ 1/median and Σ start/median, from `at` on in an array that the caller owns, and the caller's own count.
 */

export const AGES_WIDTH = 2

export function addAge(numbers: Float64Array, at: number, start: Instant, perMedian: number): void {
  numbers[at]! += perMedian
  numbers[at + 1]! += start * perMedian
}

/** With the numbers given to `addAge`; `left` is how many stay. */
export function removeAge(numbers: Float64Array, at: number, start: Instant, perMedian: number, left: number): void {
  if (left > 0) {
    numbers[at]! -= perMedian
    numbers[at + 1]! -= start * perMedian
    return
  }
  // An empty sum is 0 exactly, or rounding errors would add up over days into an age that nobody has.
  numbers[at] = 0
  numbers[at + 1] = 0
}

export function meanAge(numbers: Float64Array, at: number, count: number, now: Instant): number {
  return count === 0 ? 0 : (now * numbers[at]! - numbers[at + 1]!) / count
}
