import type { OpenLoad } from '../scenario/load.ts'

/** A stretch of time in which the rate goes along a straight line. Calls a second, milliseconds. */
export interface Piece {
  readonly from: number
  readonly to: number
  readonly start: number
  readonly end: number
}

export function piecesOf(load: Exclude<OpenLoad, { arrivals: 'trace' }>): readonly Piece[] {
  const { rate } = load
  if (load.arrivals === 'ramp') {
    const top = load.at + load.for
    return [
      level(-Infinity, load.at, rate),
      { from: load.at, to: top, start: rate, end: load.to },
      level(top, Infinity, load.to)
    ]
  }
  if (load.arrivals === 'spike') {
    const over = load.at + load.for
    return [level(-Infinity, load.at, rate), level(load.at, over, load.peak), level(over, Infinity, rate)]
  }
  return [level(-Infinity, Infinity, rate)]
}

function level(from: number, to: number, rate: number): Piece {
  return { from, to, start: rate, end: rate }
}

/** When the rate has added up to `calls` since `at`. */
export function timeUntil(pieces: readonly Piece[], at: number, calls: number): number {
  let left = calls
  let now = at
  for (const piece of pieces) {
    if (piece.to <= now) continue
    const slope = piece.start === piece.end ? 0 : ((piece.end - piece.start) / (piece.to - piece.from)) * 1_000
    const rate = slope === 0 ? piece.start : piece.start + (slope * (now - piece.from)) / 1_000
    const time = timeWithin(rate, slope, left)
    if (now + time <= piece.to) return now + time
    const seconds = (piece.to - now) / 1_000
    left -= (rate + (slope * seconds) / 2) * seconds
    now = piece.to
  }
  return now
}

/** Milliseconds until `rate · t + slope · t² / 2` is `calls`, in the form that does not cancel; NaN-free: never is Infinity. */
function timeWithin(rate: number, slope: number, calls: number): number {
  if (slope === 0) return (calls / rate) * 1_000
  const discriminant = rate * rate + 2 * slope * calls
  return discriminant < 0 ? Infinity : ((2 * calls) / (rate + Math.sqrt(discriminant))) * 1_000
}
