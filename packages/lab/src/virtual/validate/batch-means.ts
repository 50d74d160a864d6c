/** A mean with the interval that holds the true one with 99 % confidence. */
export interface Estimate {
  readonly mean: number
  readonly low: number
  readonly high: number
}

/** Student's t for 99 % both sides and 29 degrees of freedom: what 30 batches have. */
const T = 2.756386
const BATCHES = 30

/**
 * Consecutive calls of a queue share its ups and downs, so an interval from their own scatter would be far too narrow.
 * Means of long batches hardly depend on each other. Law, "Simulation Modeling and Analysis", chapter 9 (batch means).
 *
 * The first part, in which the queue fills up from empty, is left out.
 */
export function batchMeans(
  values: ArrayLike<number>,
  skip: number,
  measure: (value: number) => number = (value) => value
): Estimate {
  const size = Math.floor((values.length - skip) / BATCHES)
  const means = Array.from({ length: BATCHES }, (_, batch) => {
    let sum = 0
    const from = skip + batch * size
    for (let at = from; at < from + size; at++) sum += measure(values[at] as number)
    return sum / size
  })
  const mean = means.reduce((sum, each) => sum + each, 0) / BATCHES
  const variance = means.reduce((sum, each) => sum + (each - mean) ** 2, 0) / (BATCHES - 1)
  const half = T * Math.sqrt(variance / BATCHES)
  return { mean, low: mean - half, high: mean + half }
}
