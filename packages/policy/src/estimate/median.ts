/**
 * The lower median of `values[0 … count)`, by Hoare's quickselect; reorders them. Lower, so that of two endpoints the
 * better one is the measure of what is ordinary.
 */
export function lowerMedian(values: Float64Array, count: number): number {
  const wanted = (count - 1) >> 1
  let left = 0
  let right = count - 1
  while (left < right) {
    const pivot = values[(left + right) >> 1]!
    let i = left
    let j = right
    while (i <= j) {
      while (values[i]! < pivot) i++
      while (values[j]! > pivot) j--
      if (i <= j) {
        const swapped = values[i]!
        values[i++] = values[j]!
        values[j--] = swapped
      }
    }
    if (wanted <= j) right = j
    else if (wanted >= i) left = i
    else break
  }
  return values[wanted]!
}

/** The upper median of an even count, of values that `lowerMedian` has just put in order around the lower one. */
export function upperMedian(values: Float64Array, count: number): number {
  let least = Infinity
  for (let i = count >> 1; i < count; i++) if (values[i]! < least) least = values[i]!
  return least
}
