/** Below this three terms of the series are enough. */
const SHORT = 0.02

/** Beyond this many time constants less than 0.0004 is left. */
const LONG = 8

/**
 * e^(−elapsed), elapsed ≥ 0 in time constants, within 0.0004. A pick needs three of them, and `Math.exp` costs more than
 * all else there: so the series at a sixteenth of the exponent, squared four times.
 */
export function fade(elapsed: number): number {
  if (elapsed < SHORT) return 1 - elapsed * (1 - elapsed * 0.5)
  if (!(elapsed < LONG)) return 0
  const x = elapsed * 0.0625
  const root = 1 - x * (1 - x * (0.5 - x * (0.16666666666666666 - x * 0.041666666666666664)))
  const squared = root * root
  const fourth = squared * squared
  const eighth = fourth * fourth
  return eighth * eighth
}
