import type { Instant, Millis } from '../types.ts'
import type { Grant, ReserveAsk } from './grant.ts'

/** A key is kept for so long after it is as good as new: asks of those who still reckon with it may be on their way. */
const KEPT_ON: Millis = 1_000
/** Keys that are looked at with each ask, whether they can be forgotten. */
const SWEPT = 2

/** What sums of fractions are off by must not refuse what is exactly due. */
const ROUNDING: Millis = 1e-6

interface Entry {
  /** When the next token would be due if tokens went at exactly the rate: all that was granted, and nothing else. */
  tat: Instant
  /** When it was asked for last. */
  last: Instant
  /** The TAT of the share that `floor` keeps. */
  floorTat: Instant
}

/**
 * What an engine decides, in memory: GCRA over tokens that are reserved ahead (`ReserveAsk`). For simulations and for
 * tests of whoever uses a limit; what ships asks an engine in which a script decides the same.
 *
 * The *starts* of tokens, the instants from which they may be spent, are at most `rate · W + burst` in every window W,
 * whatever is settled in between: a chunk that is not free at once starts at its TAT minus the burst.
 */
export class GrantBook {
  readonly #entries: Map<string, Entry> = new Map()
  #sweep: Iterator<[string, Entry]> | undefined

  /** Keys known. */
  get size(): number {
    return this.#entries.size
  }

  /** Decides, and writes down what was granted. */
  reserve(ask: ReserveAsk, now: Instant): Grant {
    const { key, interval, burst, settle, want, burstUsed, floor, longest } = ask
    this.#forgetOld(now)
    const known = this.#entries.get(key)
    const entry = known ?? { tat: now, last: now, floorTat: now }
    if (known === undefined) this.#entries.set(key, entry)
    else resume(entry, now)
    if (entry.tat - now > longest) entry.tat = now + burst * interval
    if (floor > 0) entry.floorTat = Math.min(entry.floorTat, now + longest / floor)
    const lost = known === undefined && burstUsed === 'if-lost'
    const used = lost ? burst * interval : typeof burstUsed === 'number' ? burstUsed : 0
    entry.tat = Math.max(entry.tat, now + used)
    // What is given back never makes up for time that has passed: an idle key has its burst and no more.
    entry.tat = Math.max(now, entry.tat + settle * interval)
    const delay = Math.max(0, entry.tat + (want - burst) * interval - now)
    const retryAfter = wait(ask, entry, delay, now)
    if (retryAfter === 0) entry.tat += want * interval
    return {
      tokens: retryAfter === 0 ? want : 0,
      delay: retryAfter === 0 ? delay : 0,
      retryAfter,
      keptFor: Math.max(0, entry.tat - now, entry.floorTat - now),
      lost,
    }
  }

  /** As an engine that was restarted empty, flushed, or replaced by a replica that had nothing yet. */
  forget(): void {
    this.#entries.clear()
    this.#sweep = undefined
  }

  #forgetOld(now: Instant): void {
    for (let looked = 0; looked < SWEPT; looked++) {
      this.#sweep ??= this.#entries.entries()
      const next = this.#sweep.next()
      if (next.done === true) return void (this.#sweep = undefined)
      const [key, { tat, floorTat }] = next.value
      if (now >= Math.max(tat, floorTat) + KEPT_ON) this.#entries.delete(key)
    }
  }
}

/** A clock that was set back must neither free nor lengthen what is reserved: the backlog stays as long as it was. */
function resume(entry: Entry, now: Instant): void {
  if (now < entry.last) {
    entry.tat = now + Math.max(0, entry.tat - entry.last)
    entry.floorTat = now + Math.max(0, entry.floorTat - entry.last)
  }
  entry.last = now
}

/** 0: granted. More: refused, and it may be granted after that long if nobody else is. */
function wait({ interval, want, horizon, floor, floorHorizon }: ReserveAsk, entry: Entry, delay: Millis, now: Instant): Millis {
  if (delay <= horizon + ROUNDING) return 0
  if (!(floor > 0)) return delay - horizon
  const floorTat = Math.max(entry.floorTat, now) + (want * interval) / floor
  const byFloor = Math.max(0, delay - floorHorizon, floorTat - (Math.max(want, 1) * interval) / floor - now)
  if (byFloor > 0) return Math.min(delay - horizon, byFloor)
  entry.floorTat = floorTat
  return 0
}
