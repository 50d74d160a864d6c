const numbers = new WeakMap<object, number>()
let latest = 0

/** Tells objects apart by a number, where a text is needed. */
export function numberOf(object: object): number {
  let number = numbers.get(object)
  if (number === undefined) numbers.set(object, (number = ++latest))
  return number
}
