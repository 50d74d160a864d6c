/** A fault counts as felt while this share of calls, over this window, was hurt by it. */
export const FELT_SHARE = 0.01
export const FELT_WINDOW = 2_000
/** A call is hurt when it failed or took longer than this many times the healthy p99. */
export const SLOW_TIMES_HEALTHY_P99 = 2

export interface Span {
  readonly from: number
  readonly to: number
}

/**
 * How long callers felt a fault: from its start to the instant after which, for the rest of the fault, less than 1 %
 * of the calls of any 2 s were hurt. 0 when it never came to that; undefined when it had not by the fault's end.
 *
 * Judged by what callers get, not by where tries go, so that a client may keep probing a faulty replica as long as
 * nobody suffers. Windows begin at hurt calls, which are the worst places a window can begin at.
 */
export function outOfTheWay(
  dueAt: ArrayLike<number>,
  hurt: (call: number) => boolean,
  { from, to }: Span
): number | undefined {
  // The last windows reach beyond the plan: they are measured against as many calls as any other holds.
  const last = dueAt.length - 1
  const usual = (last * FELT_WINDOW) / Math.max(1, (dueAt[last] ?? 0) - (dueAt[0] ?? 0))
  const hurtAt: number[] = []
  for (let call = firstAtLeast(dueAt, from); call <= last && dueAt[call]! < to; call++) {
    if (hurt(call)) hurtAt.push(dueAt[call]!)
  }
  const lastFelt = hurtAt.findLast((at) => {
    const felt = countWithin(hurtAt, at, at + FELT_WINDOW)
    return felt >= FELT_SHARE * Math.max(usual, countWithin(dueAt, at, at + FELT_WINDOW))
  })
  if (lastFelt === undefined) return 0
  return lastFelt >= to - Math.min(FELT_WINDOW, (to - from) / 2) ? undefined : lastFelt - from
}

function countWithin(times: ArrayLike<number>, from: number, to: number): number {
  return firstAtLeast(times, to) - firstAtLeast(times, from)
}

/** Index of the first of rising times that is not before `at`: millions of calls are not looked through one by one. */
function firstAtLeast(times: ArrayLike<number>, at: number): number {
  let low = 0
  let high = times.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (times[middle]! < at) low = middle + 1
    else high = middle
  }
  return low
}
