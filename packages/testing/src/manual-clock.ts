import { setImmediate } from 'node:timers'
import type { Instant, Millis } from '@inmesh/policy'
import type { Clock, TimerHandle } from '@inmesh/pipeline'

/**
 * A clock that stands still until a test moves it. Timers run in the order of their instants, those of one instant in
 * the order in which they were set, so that a test sees the same order every time.
 */
export interface ManualClock extends Clock {
  /**
   * Moves time forward by `ms` (default 0) and runs what falls due on the way, timers that are set meanwhile included.
   * A callback that throws ends it there: time stands at that callback's instant, later timers are still waiting.
   */
  advance(ms?: Millis): void
  /** `advance` up to an instant. Going back is an error. */
  advanceTo(at: Instant): void
  /**
   * `advance` for code that awaits: after every timer it lets all promises settle that can, so that what they start
   * falls into the same stretch of time. Needs real turns of the event loop, but no real time.
   */
  run(ms?: Millis): Promise<void>
  /** Timers that are set and have not run. */
  readonly pending: number
  /** Those of them that would keep a process alive. */
  readonly pendingHeld: number
  /** When the next timer falls due; Infinity for none. */
  readonly nextAt: Instant
}

/** `start`, in ms, is the first `now()`; default 0. Another origin shows whether code takes an instant for a duration. */
export function manualClock(start: Instant = 0): ManualClock {
  return new HeapClock(start)
}

/** A binary heap by instant and order of setting; cancelled timers stay in it until they come to the top. */
class HeapClock implements ManualClock {
  pending = 0
  pendingHeld = 0
  private readonly heap: ManualTimer[] = []
  private time: Instant
  private serial = 0
  private moving = false

  constructor(start: Instant) {
    this.time = start
  }

  now(): Instant {
    return this.time
  }

  schedule<T>(at: Instant, hold: boolean, fn: (arg: T) => void, arg: T): TimerHandle {
    if (Number.isNaN(at)) throw new RangeError('manualClock: a timer was set for NaN; some instant was computed from undefined')
    const timer = new ManualTimer(this, at, this.serial++, hold, () => fn(arg))
    if (at === Infinity) return timer
    this.pending++
    if (hold) this.pendingHeld++
    this.push(timer)
    return timer
  }

  get nextAt(): Instant {
    return this.top()?.at ?? Infinity
  }

  advance(ms: Millis = 0): void {
    this.advanceTo(this.time + ms)
  }

  advanceTo(at: Instant): void {
    this.move(at, () => {
      while (this.nextAt <= at) this.fireNext()
    })
    this.time = at
  }

  async run(ms: Millis = 0): Promise<void> {
    const target = this.time + ms
    await settled()
    while (this.nextAt <= target) {
      this.move(target, () => this.fireNext())
      await settled()
    }
    this.advanceTo(target)
  }

  /** @internal */
  forget(timer: ManualTimer): void {
    this.pending--
    if (timer.hold) this.pendingHeld--
  }

  /** Moving time inside a callback would let the callbacks behind it see it go backwards. */
  private move(at: Instant, body: () => void): void {
    if (this.moving) throw new Error('manualClock: time cannot be moved from within a timer')
    if (!(at >= this.time)) throw new RangeError(`manualClock: time cannot go from ${this.time} to ${at}`)
    this.moving = true
    try {
      body()
    } finally {
      this.moving = false
    }
  }

  private fireNext(): void {
    const timer = this.top()
    if (timer === undefined) return
    this.pop()
    this.time = Math.max(this.time, timer.at)
    timer.fire()
  }

  private top(): ManualTimer | undefined {
    while (this.heap[0]?.waiting === false) this.pop()
    return this.heap[0]
  }

  private push(timer: ManualTimer): void {
    const { heap } = this
    let at = heap.push(timer) - 1
    while (at > 0) {
      const parent = (at - 1) >> 1
      if (!before(timer, heap[parent]!)) break
      heap[at] = heap[parent]!
      at = parent
    }
    heap[at] = timer
  }

  private pop(): void {
    const { heap } = this
    const last = heap.pop()
    if (last === undefined || heap.length === 0) return
    let at = 0
    for (let child = 1; child < heap.length; child = 2 * at + 1) {
      if (child + 1 < heap.length && before(heap[child + 1]!, heap[child]!)) child++
      if (!before(heap[child]!, last)) break
      heap[at] = heap[child]!
      at = child
    }
    heap[at] = last
  }
}

class ManualTimer implements TimerHandle {
  waiting = true
  readonly at: Instant
  readonly serial: number
  readonly hold: boolean
  private readonly clock: HeapClock
  private readonly body: () => void

  constructor(clock: HeapClock, at: Instant, serial: number, hold: boolean, body: () => void) {
    this.clock = clock
    this.at = at
    this.serial = serial
    this.hold = hold
    this.body = body
  }

  fire(): void {
    this.cancel()
    this.body()
  }

  cancel(): void {
    if (!this.waiting) return
    this.waiting = false
    if (this.at !== Infinity) this.clock.forget(this)
  }
}

function before(a: ManualTimer, b: ManualTimer): boolean {
  return a.at < b.at || (a.at === b.at && a.serial < b.serial)
}

/** A turn of the event loop begins only when no promise job is left, however long the chain of promises was. */
function settled(): Promise<void> {
  return new Promise((resolve) => void setImmediate(resolve))
}
