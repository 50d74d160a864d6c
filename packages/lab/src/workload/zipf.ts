/** Which of `keys` keys, for a number of [0, 1): key k in proportion to 1 ÷ (k + 1) to the power of the exponent. */
export function zipfPicker(keys: number, exponent: number): (u: number) => number {
  if (exponent === 0) return (u) => Math.floor(u * keys)
  const cumulative = new Float64Array(keys)
  let total = 0
  for (let key = 0; key < keys; key++) cumulative[key] = total += (key + 1) ** -exponent
  return (u) => firstAbove(cumulative, u * total)
}

function firstAbove(cumulative: Float64Array, value: number): number {
  let low = 0
  let high = cumulative.length - 1
  while (low < high) {
    const middle = (low + high) >> 1
    if ((cumulative[middle] as number) > value) high = middle
    else low = middle + 1
  }
  return low
}
