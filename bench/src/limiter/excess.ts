/** What a bound allows in a window that begins at `from` and is `length` ms long, in calls. */
export type Allowed = (from: number, length: number) => number

/**
 * The most by which any window of `length` ms went over what it was allowed, in calls; 0 or less: the bound holds.
 * `at`: when calls were admitted, in order, in ms. A window that holds the most begins with a call, so these are all.
 */
export function excess(at: Float64Array, length: number, allowed: Allowed): number {
  let worst = -Infinity
  for (let first = 0, end = 0; first < at.length; first++) {
    const from = at[first]!
    while (end < at.length && at[end]! <= from + length) end++
    worst = Math.max(worst, end - first - allowed(from, length))
  }
  return worst
}

/** Admitted in [from, until), over what the rate gives meanwhile. */
export function use(at: Float64Array, from: number, until: number, ratePerMs: number): number {
  return at.filter((instant) => instant >= from && instant < until).length / (ratePerMs * (until - from))
}
