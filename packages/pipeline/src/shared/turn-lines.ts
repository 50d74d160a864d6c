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

/** Calls that wait for tokens, in a line for each key: first come, first served, and whoever comes later stands behind. */
export class TurnLines {
  readonly #limiter: GlobalLimiter
  readonly #clock: Clock
  readonly #lines: Map<string, Line> = new Map()

  constructor(limiter: GlobalLimiter, clock: Clock) {
    this.#limiter = limiter
    this.#clock = clock
  }

  /** As `GlobalLimiter.take`, for a call that has nobody before it. */
  take(key: string, now: Instant, criticality: Criticality): Millis {
    if (this.#lines.size > 0 && this.#lines.has(key)) return LEAST
    return this.#limiter.take(key, now, criticality)
  }

  /** As `GlobalLimiter.wait`. */
  wait(key: string, now: Instant, criticality: Criticality): Millis {
    return this.#limiter.wait(key, now, criticality)
  }

  /** `wait`: after how long it may be worth asking again. */
  join(key: string, call: InLine, now: Instant, wait: Millis): void {
    const line = this.#lines.get(key)
    if (line !== undefined) return void line.waiting.add(call)
    const made: Line = { waiting: new Set([call]), timer: undefined }
    this.#lines.set(key, made)
    this.#later(key, made, now, wait)
  }

  leave(key: string, call: InLine): void {
    const line = this.#lines.get(key)
    if (line === undefined || !line.waiting.delete(call) || line.waiting.size > 0) return
    line.timer?.cancel()
    this.#lines.delete(key)
  }

  #later(key: string, line: Line, now: Instant, wait: Millis): void {
    line.timer = this.#clock.schedule(now + Math.max(LEAST, wait), true, advance, { lines: this, key })
  }

  advance(key: string): void {
    const line = this.#lines.get(key)
    const now = this.#clock.now()
    if (line === undefined) return
    for (const call of line.waiting) {
      const wait = this.#limiter.take(key, now, call.criticality)
      if (wait > 0) return this.#later(key, line, now, wait)
      line.waiting.delete(call)
      if (line.waiting.size === 0) this.#lines.delete(key)
      call.admitted(now)
    }
  }
}

function advance({ lines, key }: { readonly lines: TurnLines; readonly key: string }): void {
  lines.advance(key)
}
