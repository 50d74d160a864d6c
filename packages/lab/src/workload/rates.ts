import type { OpenLoad } from '../scenario/load.ts'

/** A stretch of time in which the rate goes along a straight line. Rates are in calls a millisecond. */
export interface Stretch {
  readonly from: number
  readonly to: number
  readonly rateFrom: number
  readonly rateTo: number
}

/** The rate of a load over all time. */
export function ratesOf(load: OpenLoad): Stretch[] {
  const flat = (from: number, to: number, rate: number): Stretch => ({ from, to, rateFrom: rate / 1_000, rateTo: rate / 1_000 })
  if (load.arrivals === 'ramp') {
    const end = load.at + load.for
    const slope = { from: load.at, to: end, rateFrom: load.rate / 1_000, rateTo: load.to / 1_000 }
    return [flat(-Infinity, load.at, load.rate), ...(load.for > 0 ? [slope] : []), flat(end, Infinity, load.to)]
  }
  if (load.arrivals === 'spike') {
    const end = load.at + load.for
    return [flat(-Infinity, load.at, load.rate), flat(load.at, end, load.peak), flat(end, Infinity, load.rate)]
  }
  return [flat(-Infinity, Infinity, load.rate)]
}

/** When `calls` calls have been due since `at`. */
export function nextAfter(rates: readonly Stretch[], at: number, calls: number): number {
  let left = calls
  let now = at
  for (const stretch of rates) {
    if (now >= stretch.to) continue
    const rate = rateAt(stretch, now)
    const length = stretch.to - now
    const due = length === Infinity ? Infinity : (length * (rate + stretch.rateTo)) / 2
    if (left < due) return now + within(stretch, rate, left)
    left -= due
    now = stretch.to
  }
  return Infinity
}

function rateAt({ from, to, rateFrom, rateTo }: Stretch, at: number): number {
  return rateFrom === rateTo ? rateFrom : rateFrom + ((rateTo - rateFrom) * (at - from)) / (to - from)
}

/** The t at which rate · t + slope · t² / 2 = calls, in the form that loses no digits when the slope is small. */
function within({ from, to, rateFrom, rateTo }: Stretch, rate: number, calls: number): number {
  const slope = rateFrom === rateTo ? 0 : (rateTo - rateFrom) / (to - from)
  return (2 * calls) / (rate + Math.sqrt(rate * rate + 2 * slope * calls))
}
