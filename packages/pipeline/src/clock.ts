import type { Instant } from '@inmesh/policy'
import { nobodysContext } from './async-context.ts'

export interface TimerHandle {
  /** Idempotent; a timer that has fired is cancelled already. */
  cancel(): void
}

/** Time is handed in: the shipped one is `nodeClock()`, tests and the simulator move theirs by hand. */
export interface Clock {
  now(): Instant
  /**
   * Runs `fn(arg)` once, at or after `at`. `hold` keeps the process alive meanwhile: a wait that is all a live call has
   * (backoff, queue, rate) holds it, housekeeping does not.
   */
  schedule<T>(at: Instant, hold: boolean, fn: (arg: T) => void, arg: T): TimerHandle
}

const slots = 1024
const mask = slots - 1

/**
 * One Node timer serves all: a hashed wheel of 1 ms slots, so that the two or three timers a call sets and nearly always
 * cancels cost some 30 ns each instead of a `Timeout` object and its bookkeeping (150-900 ns).
 * Varghese and Lauck, "Hashed and hierarchical timing wheels", 1987.
 */
class WheelClock implements Clock {
  private readonly wheel: (WheelTimer<unknown> | undefined)[] = Array.from({ length: slots }, () => undefined)
  private tick: number
  private size = 0
  private held = 0
  private alarm: NodeJS.Timeout | undefined = undefined
  private alarmAt: Instant = Infinity

  constructor() {
    this.tick = Math.floor(performance.now())
  }

  now(): Instant {
    return performance.now()
  }

  get pending(): number {
    return this.size
  }

  schedule<T>(at: Instant, hold: boolean, fn: (arg: T) => void, arg: T): TimerHandle {
    const timer = new WheelTimer(this, at, hold, fn, arg)
    if (at === Infinity) return timer
    this.link(timer as WheelTimer<unknown>)
    if (at < this.alarmAt) this.arm(at)
    else if (hold && this.held === 1) this.alarm?.ref()
    return timer
  }

  unlink(timer: WheelTimer<unknown>): void {
    const { next, previous } = timer
    if (previous === undefined) this.wheel[timer.slot] = next
    else previous.next = next
    if (next !== undefined) next.previous = previous
    timer.next = undefined
    timer.previous = undefined
    timer.linked = false
    this.size--
    if (timer.hold && --this.held === 0) this.alarm?.unref()
  }

  private link(timer: WheelTimer<unknown>): void {
    // A timer that is due already goes into the next slot to be looked at, else it would wait for a whole turn.
    const slot = Math.max(Math.ceil(timer.at), this.tick + 1) & mask
    const first = this.wheel[slot]
    timer.slot = slot
    timer.next = first
    timer.linked = true
    if (first !== undefined) first.previous = timer
    this.wheel[slot] = timer
    this.size++
    if (timer.hold) this.held++
  }

  private arm(at: Instant): void {
    if (this.alarm !== undefined) clearTimeout(this.alarm)
    this.alarmAt = at
    // Node rounds delays down and libuv's clock may lag: one extra millisecond spares most of the early wake-ups.
    const delay = Math.max(1, Math.ceil(at - performance.now()))
    // Else what is due would run in the context of whoever had set the earliest of the timers.
    this.alarm = nobodysContext.runInAsyncScope(setAlarm, undefined, this.onAlarm, Math.min(delay, 0x7fffffff))
    if (this.held === 0) this.alarm.unref()
  }

  /**
   * Node runs timers before it looks at sockets. After a busy stretch of this very process the answers that a timer waits
   * for may lie there unread, so sockets have their turn first: else our own lateness would be held against the callee,
   * in backups that nobody needs (six of seven, in a process at full load) and in timeouts of calls that were answered.
   */
  private readonly onAlarm = (): void => {
    this.alarm = undefined
    // Of a call's timers nearly all are cancelled before they are due: then there is nothing that a turn could run.
    if (this.passEmpty(Math.floor(performance.now()))) return this.rearm()
    // Referenced even where the alarm was not: the loop does not run one that is unreferenced before it waits for
    // whatever comes next, be that seconds away. It holds the process for this one turn only.
    setImmediate(this.onTurn)
  }

  private readonly onTurn = (): void => {
    this.alarmAt = Infinity
    const now = performance.now()
    const last = Math.floor(now)
    // After a pause longer than a turn every slot is looked at once.
    const from = Math.max(this.tick, last - slots) + 1
    this.tick = last
    let due: WheelTimer<unknown> | undefined
    // Backwards, since each slot's timers are put before those of the slots behind it.
    for (let tick = last; tick >= from; tick--) due = this.collect(tick & mask, now, due)
    try {
      for (; due !== undefined; ) {
        const timer = due
        due = timer.next
        timer.next = undefined
        timer.fire()
      }
    } finally {
      // A callback that throws must not silence the timers behind it.
      for (; due !== undefined; ) {
        const timer = due
        due = timer.next
        timer.next = undefined
        if (timer.waiting) this.link(timer)
      }
      this.rearm()
    }
  }

  /** Goes on to a tick unless a slot on the way there has something. */
  private passEmpty(last: number): boolean {
    if (last - this.tick >= slots) return false
    for (let tick = this.tick + 1; tick <= last; tick++) if (this.wheel[tick & mask] !== undefined) return false
    this.tick = last
    this.alarmAt = Infinity
    return true
  }

  private rearm(): void {
    if (this.size === 0) return
    const at = this.earliest()
    if (at < this.alarmAt) this.arm(at)
  }

  /** Moves what is due in a slot to the front of a chain, as it was set; a timer of a later turn stays. */
  private collect(slot: number, now: Instant, due: WheelTimer<unknown> | undefined): WheelTimer<unknown> | undefined {
    let chain = due
    for (let timer = this.wheel[slot]; timer !== undefined; ) {
      const next: WheelTimer<unknown> | undefined = timer.next
      if (timer.at <= now) {
        this.unlink(timer)
        timer.next = chain
        chain = timer
      }
      timer = next
    }
    return chain
  }

  /** The next instant at which a slot has something; a timer of a later turn wakes the wheel once a turn, no more. */
  private earliest(): Instant {
    for (let tick = this.tick + 1; tick <= this.tick + slots; tick++) {
      if (this.wheel[tick & mask] !== undefined) return tick
    }
    return Infinity
  }
}

function setAlarm(fn: () => void, delay: number): NodeJS.Timeout {
  return setTimeout(fn, delay)
}

class WheelTimer<T> implements TimerHandle {
  readonly clock: WheelClock
  readonly at: Instant
  readonly hold: boolean
  private readonly fn: (arg: T) => void
  private readonly arg: T
  waiting = true
  linked = false
  slot = 0
  next: WheelTimer<unknown> | undefined = undefined
  previous: WheelTimer<unknown> | undefined = undefined

  constructor(clock: WheelClock, at: Instant, hold: boolean, fn: (arg: T) => void, arg: T) {
    this.clock = clock
    this.at = at
    this.hold = hold
    this.fn = fn
    this.arg = arg
  }

  /** One that another timer's callback cancelled in the same turn is passed over. */
  fire(): void {
    if (!this.waiting) return
    this.waiting = false
    this.fn(this.arg)
  }

  cancel(): void {
    if (!this.waiting) return
    this.waiting = false
    if (this.linked) this.clock.unlink(this as WheelTimer<unknown>)
  }
}

let shared: WheelClock | undefined

/** The process's clock: monotonic, made when first asked for, shared by all meshes. */
export function nodeClock(): Clock {
  shared ??= new WheelClock()
  return shared
}

/** How many timers the process's clock has waiting: for leak checks. */
export function pendingTimers(): number {
  return shared?.pending ?? 0
}
