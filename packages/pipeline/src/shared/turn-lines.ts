import type { Criticality, Instant, Millis } from '@inmesh/policy'
import type { Clock, TimerHandle } from '../clock.ts'
import type { GlobalLimiter } from './global-limiter.ts'

/** A call in the line of its key. */
export interface InLine {
  readonly criticality: Criticality
  /** It has its token. */
  admitted(now: Instant): void
}

/** Sooner than this nobody asks again: a line that waits for an answer must not spin. */
const LEAST: Millis = 1

interface Line {
  readonly waiting: Set<InLine>
  timer: TimerHandle | undefined
}

/**
 * Calls that wait for tokens, in a line for each key and class: first come, first served, and whoever comes later stands behind. Not
 * classes in one line: a call that reserves less far ahead would hold up those that could have their tokens.
 */
export class TurnLines {
  readonly #limiter: GlobalLimiter
  readonly #clock: Clock
  /** By how far ahead the class reserves, then by key. */
  readonly #classes: Map<number, Map<string, Line>> = new Map()

  constructor(limiter: GlobalLimiter, clock: Clock) {
    this.#limiter = limiter
    this.#clock = clock
  }

  /** As `GlobalLimiter.take`, for a call that has nobody before it; else after how long at least it has its turn. */
  take(key: string, now: Instant, criticality: Criticality): Millis {
    const lines = this.#of(criticality)
    const line = lines.size > 0 ? lines.get(key) : undefined
    if (line === undefined) return this.#limiter.take(key, now, criticality)
    return Math.max(LEAST, this.#limiter.soonest(line.waiting.size, criticality))
  }

  /** As `GlobalLimiter.wait`. */
  wait(key: string, now: Instant, criticality: Criticality): Millis {
    return this.#limiter.wait(key, now, criticality)
  }

  /** `wait`: after how long it may be worth asking again. */
  join(key: string, call: InLine, now: Instant, wait: Millis): void {
    const lines = this.#of(call.criticality)
    const line = lines.get(key)
    if (line !== undefined) return void line.waiting.add(call)
    const made: Line = { waiting: new Set([call]), timer: undefined }
    lines.set(key, made)
    this.#later(lines, key, made, now, wait)
  }

  leave(key: string, call: InLine): void {
    const lines = this.#of(call.criticality)
    const line = lines.get(key)
    if (line === undefined || !line.waiting.delete(call) || line.waiting.size > 0) return
    line.timer?.cancel()
    lines.delete(key)
  }

  advance(lines: Map<string, Line>, key: string): void {
    const line = lines.get(key)
    const now = this.#clock.now()
    if (line === undefined) return
    for (const call of line.waiting) {
      const wait = this.#limiter.take(key, now, call.criticality)
      if (wait > 0) return this.#later(lines, key, line, now, wait)
      line.waiting.delete(call)
      if (line.waiting.size === 0) lines.delete(key)
      call.admitted(now)
    }
  }

  #of(criticality: Criticality): Map<string, Line> {
    const ahead = this.#limiter.ahead(criticality)
    let lines = this.#classes.get(ahead)
    if (lines === undefined) this.#classes.set(ahead, (lines = new Map()))
    return lines
  }

  #later(lines: Map<string, Line>, key: string, line: Line, now: Instant, wait: Millis): void {
    line.timer = this.#clock.schedule(now + Math.max(LEAST, wait), true, advance, { all: this, lines, key })
  }
}

function advance({ all, lines, key }: { readonly all: TurnLines; readonly lines: Map<string, Line>; readonly key: string }): void {
  all.advance(lines, key)
}
