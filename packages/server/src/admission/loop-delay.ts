import type { Instant, Millis } from '@inmesh/policy'

/**
 * How often the loop is looked at while there is anything to do. Fine enough for a burst of some tens of milliseconds, and
 * forty timers a second cost next to nothing.
 */
const PERIOD: Millis = 25
/** Overdue by so much more, it is told anew while the loop is still held up. */
const STEP: Millis = 5

/** Something that tells, while there is anything to do, how late the event loop is. */
export interface LoopDelay {
  /** A request has come. Cheap: it is called for each. */
  wake(now: Instant): void
  stop(): void
}

/** `busy`: whether requests are still under way, so that the next stretch counts too. */
export type DelayListener = (delay: Millis, now: Instant, whole: boolean) => void

/**
 * Measured by a timer that is late by as much as the loop was held up. Not by `monitorEventLoopDelay`, whose histogram runs
 * on when nobody asks, and whose mean over a stretch would have to be reset by a timer of the same kind. Nothing runs
 * while there is no request, and nothing keeps the process alive.
 */
export class TimerLoopDelay implements LoopDelay {
  private readonly now: () => Instant
  private readonly tell: DelayListener
  private readonly busy: () => boolean
  private timer: NodeJS.Timeout | undefined = undefined
  private due: Instant = 0
  /** From then on whoever comes knows, before the timer could, that the loop is late. */
  private overdue: Instant = 0
  private woken = false

  constructor(now: () => Instant, busy: () => boolean, tell: DelayListener) {
    this.now = now
    this.busy = busy
    this.tell = tell
  }

  wake(now: Instant): void {
    this.woken = true
    if (this.timer === undefined) return this.arm(now)
    if (now < this.overdue) return
    // The sockets had many, and each computed in its turn: those behind them must not begin because the turn is not over yet.
    this.overdue = now + STEP
    this.tell(now - this.due, now, false)
  }

  stop(): void {
    clearTimeout(this.timer)
    this.timer = undefined
  }

  private arm(now: Instant): void {
    this.due = now + PERIOD
    this.overdue = this.due + STEP
    this.timer = setTimeout(this.look, PERIOD)
    this.timer.unref()
  }

  private readonly look = (): void => {
    this.timer = undefined
    const now = this.now()
    const delay = Math.max(0, now - this.due)
    // A stretch without a request is the last. Armed before anything can throw.
    if (this.woken || this.busy()) this.arm(now)
    this.woken = false
    this.tell(delay, now, true)
  }
}
