/**
 * The known word nearest to an unknown one, when it is near enough to be a slip of the fingers: at most a third of its
 * letters inserted, left out, changed or swapped (Damerau's edits, in the restricted form of Boytsov).
 */
export function nearest(word: string, known: Iterable<string>): string | undefined {
  const lower = word.toLowerCase()
  if (lower.length > longest) return undefined
  let best: string | undefined
  let least = Math.floor(Math.max(3, lower.length) / 3) + 1
  for (const candidate of known) {
    const distance = edits(lower, candidate.toLowerCase())
    if (distance < least) {
      best = candidate
      least = distance
    }
  }
  return best
}

/** Longer ones are no slips, and the table below is quadratic. */
const longest = 100

function edits(from: string, to: string): number {
  let beforeLast: number[] = []
  let last = Array.from({ length: to.length + 1 }, (_, column) => column)
  for (let row = 1; row <= from.length; row++) {
    const current = [row]
    for (let column = 1; column <= to.length; column++) {
      const same = from[row - 1] === to[column - 1] ? 0 : 1
      let cost = Math.min(last[column]! + 1, current[column - 1]! + 1, last[column - 1]! + same)
      const swapped = row > 1 && column > 1 && from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1]
      if (swapped) cost = Math.min(cost, beforeLast[column - 2]! + 1)
      current.push(cost)
    }
    beforeLast = last
    last = current
  }
  return last[to.length]!
}
