/** Up to here the series alone does: in a small pool that is nearly all that is asked for. */
const SHORT = 0.002

/** Beyond this many time constants less than 0.0004 is left. */
const LONG = 8

/** Steps to a time constant, and what is left at each of them. */
const STEPS = 32
const LEFT: Float64Array = Float64Array.from({ length: LONG * STEPS }, (_, step) => Math.exp(-step / STEPS))

/**
 * e^(−elapsed), elapsed ≥ 0 in time constants, within 0.0004. A pick needs three of them, and `Math.exp` costs more than
 * all else there. A step from a table, and from there on two terms of the series: a series that is good enough as far as
 * `LONG` is a chain of twice as many operations, and so much code that the engine calls it instead of putting it in place.
 */
export function fade(elapsed: number): number {
  if (elapsed < SHORT) return 1 - elapsed * (1 - elapsed * 0.5)
  if (!(elapsed < LONG)) return 0
  const step = (elapsed * STEPS) | 0
  const rest = elapsed - step / STEPS
  return LEFT[step]! * (1 - rest * (1 - rest * 0.5))
}
