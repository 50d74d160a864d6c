import type { Instant, Millis } from '@inmesh/policy'

/** A connection that is accepted in one turn is read in the next, where it is readable at all. */
const QUIET_TURNS = 2
/** Some thirty connections at once, and of no request that computes more than as long again. */
const LONGEST: Millis = 10

/**
 * Whether the sockets have said all that they had to say. While a request computes, others come, and connections; Node
 * accepts one connection in a turn of its event loop (libuv since 1.45), however many lie there. A process that begins a
 * request with every turn would accept no more connections than it serves requests: those behind them are refused by
 * nobody, their callers give up and connect anew, and in the end it accepts only connections that are given up.
 */
export class Lull {
  private came = false
  private quiet = 0
  private since: Instant = NaN
  /** When a request was last begun: until somebody is asked for next, it may have been computed on. */
  private begunAt: Instant = -Infinity

  /** A request, or a connection that may bring one. */
  arrived(): void {
    this.came = true
  }

  began(now: Instant): void {
    this.begunAt = now
  }

  /**
   * Once a turn while somebody waits: whether one of them may begin in this one. A flood without a gap is listened to for as
   * long as was computed before, so that half of the time is for work: handlers that do not compute hardly wait.
   */
  reached(now: Instant): boolean {
    if (Number.isNaN(this.since)) this.since = now
    this.quiet = this.came ? 0 : this.quiet + 1
    this.came = false
    if (this.quiet < QUIET_TURNS && now - this.since < Math.min(LONGEST, this.since - this.begunAt)) return false
    this.quiet = 0
    this.since = NaN
    return true
  }
}
