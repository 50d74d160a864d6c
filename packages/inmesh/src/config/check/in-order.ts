import type { Mistake } from './mistake.ts'
import type { Path } from './path.ts'

/** Mistakes as they come when the configuration is read from top to bottom, whichever check has found them. */
export function inOrder(mistakes: readonly Mistake[], input: unknown): Mistake[] {
  const placed = mistakes.map((mistake) => ({ mistake, place: placeOf(input, mistake.keys ?? []) }))
  return placed.sort((a, b) => compare(a.place, b.place)).map(({ mistake }) => mistake)
}

/** The position of each key among its neighbours. What is missing comes after what is there. */
function placeOf(input: unknown, path: Path): number[] {
  let at = input
  return path.map((key) => {
    if (typeof at !== 'object' || at === null) return Infinity
    const index = Array.isArray(at) ? Number(key) : Object.keys(at).indexOf(String(key))
    at = index < 0 ? undefined : Reflect.get(at, key)
    return index < 0 ? Infinity : index
  })
}

function compare(a: readonly number[], b: readonly number[]): number {
  for (let i = 0; i < a.length && i < b.length; i++) if (a[i] !== b[i]) return a[i]! - b[i]!
  return a.length - b.length
}
