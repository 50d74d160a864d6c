import { AsyncResource } from 'node:async_hooks'
import type { Clock, TimerHandle } from '@inmesh/pipeline'
import type { Admission, AdmitOutcome, AttemptMark, Criticality, Instant, Millis, Turned } from '@inmesh/policy'
import { Lull } from './lull.ts'

/** A request as the gate needs it. */
export interface Guest {
  readonly importance: Criticality
  readonly givenUp: Instant
  /** Whether it says of itself that it was sent again, and after what. */
  readonly mark: AttemptMark | undefined
  started: Instant
  slot: boolean
}

/** What the gate tells of those who wait. */
export interface GateEnds<T> {
  started(guest: T): void
  turned(guest: T, turned: Turned): void
}

/** Runs `fn` in the next turn of the event loop, after what the sockets bring. */
export type NextTurn = (fn: () => void) => void

export const nextTurn: NextTurn = (fn) => void setImmediate(fn)

/** Runs `fn` in the same turn, once all that was begun has come to a halt, its promises included. */
export const sameTurn: NextTurn = (fn) => queueMicrotask(() => process.nextTick(fn))

/**
 * While the policy paces, requests begin until they have used so much of a turn. Less than a handler takes that computes to
 * speak of, which so has a turn of its own; enough for dozens that only ask others.
 */
const BUDGET: Millis = 1
/** Between two turns in which somebody waits there is less to read than that. */
const LONG_TURN: Millis = 10

/**
 * Applies the policy of admission: it has the clock, the turns of the loop, and the requests that wait. While the policy
 * paces, a turn is for one that computes, or some that do not, and not before the sockets are empty, so that what came
 * meanwhile is read, put in order and expired before the next one computes.
 */
export class Gate<T extends Guest> {
  readonly admission: Admission<T>
  private readonly clock: Clock
  private readonly ends: GateEnds<T>
  private readonly turn: NextTurn
  private readonly rest: NextTurn
  /** A request that waits goes on in the async context in which it came, be it OpenTelemetry's or the user's. */
  private readonly contexts = new Map<T, AsyncResource>()
  private readonly lull = new Lull()
  /** Connections come: nobody begins before the sockets are empty. */
  private held = false
  private armed = false
  /** The end of this turn of the loop will be told. */
  private tellsTurn = false
  private alarm: TimerHandle | undefined = undefined
  /** When the gate's last turn was over, if it has waited for this one since. */
  private overAt: Instant = NaN
  /** Somebody has begun since without having waited, who may have computed. */
  private begunBetween = false
  /** How long others made a turn, when that was last seen; 0: they did not. */
  private longTurn: Millis = 0
  /** When those that begin in this turn must have come to a halt, for one more to begin in it. */
  private fullAt: Instant = -Infinity

  constructor(admission: Admission<T>, clock: Clock, ends: GateEnds<T>, turn: NextTurn = nextTurn, rest: NextTurn = sameTurn) {
    this.admission = admission
    this.clock = clock
    this.ends = ends
    this.turn = turn
    this.rest = rest
  }

  /** `start`: it holds a slot. `wait`: its end is told. Otherwise it is not taken. */
  arrive(guest: T, now: Instant): 'start' | 'wait' | Turned {
    this.lull.arrived()
    this.happens()
    const answer = this.admission.arrive(guest, guest.importance, guest.givenUp, now, guest.mark?.after !== undefined)
    if (answer === 'start') {
      guest.slot = true
      this.begunBetween = true
      this.lull.began(now)
    } else if (answer === 'wait') {
      this.contexts.set(guest, new AsyncResource('inmesh.waiting'))
      this.soon()
    }
    return answer
  }

  /** For what a mode lets pass: it is load all the same. Answers what would have become of it. */
  pass(guest: T, now: Instant): 'start' | 'wait' | Turned {
    // Nobody is put in order who is let pass anyway.
    this.hold(false)
    this.happens()
    const answer = this.admission.would(guest.importance, guest.givenUp, now, guest.mark?.after !== undefined)
    this.take(guest)
    return answer
  }

  /**
   * A connection has been accepted, which is likely to bring a request, and there may be more behind it. Callers that keep
   * no connections stand in the kernel's queue, and one would be read after each request that computes: this process
   * would never know that it is overloaded.
   */
  connected(): void {
    this.lull.arrived()
    this.hold(true)
    this.soon()
  }

  /** Its caller hung up while it waited. */
  quit(guest: T): void {
    this.contexts.delete(guest)
    this.admission.quit(guest)
  }

  /** Gives its slot back, if it has one; whoever waits has his turn after this one. */
  finish(guest: T, now: Instant, outcome: AdmitOutcome): void {
    if (!guest.slot) return
    guest.slot = false
    this.happens()
    this.admission.finish(guest.started, now, outcome)
    if (this.contexts.size > 0) this.soon()
  }

  /** The end of it: whoever waits begins now, whatever is in hand. */
  release(): void {
    this.alarm?.cancel()
    for (const guest of this.contexts.keys()) {
      this.admission.quit(guest)
      this.take(guest)
      try {
        this.start(guest)
      } catch (error) {
        // Its own affair, as it is when it begins in its turn; those behind it begin all the same.
        this.turn(() => {
          throw error
        })
      }
    }
  }

  private take(guest: T): void {
    guest.slot = true
    this.admission.startAnyway(guest.importance)
  }

  private hold(on: boolean): void {
    if (on === this.held) return
    this.held = on
    this.admission.hold(on)
  }

  private soon(): void {
    if (this.armed) return
    this.armed = true
    this.turn(this.pump)
  }

  /**
   * Something happens in this turn of the loop: while it is late, the turn's end is told. Not of turns in which nothing happens:
   * to wait for the end of each would itself keep the loop turning.
   */
  private happens(): void {
    if (this.tellsTurn || !this.admission.watching) return
    this.tellsTurn = true
    this.turn(this.turnEnds)
  }

  private readonly turnEnds = (): void => {
    this.tellsTurn = false
    this.admission.turnOver()
  }

  private readonly turnOver = (): void => this.admission.turnOver()

  private readonly pump = (): void => {
    this.armed = false
    const now = this.clock.now()
    const elsewhere = this.elsewhere(now)
    this.admission.expire(now, this.turnedAway)
    const paced = this.held || this.admission.paced(now)
    // Nobody is listened for in a turn that others have made long: the next one may be as long.
    if (paced && elsewhere === 0 && (this.held || this.contexts.size > 0) && !this.lull.reached(now)) return this.soon()
    if (this.contexts.size === 0) this.hold(false)
    this.fullAt = now + Math.max(BUDGET, elsewhere / 2)
    this.startNext(paced)
  }

  /**
   * For how long the loop was held up since the gate's last turn, though nobody had begun a request: by other work of the process,
   * or by what was begun before and goes on. Where slots are free it is not for want of them that somebody waited meanwhile.
   */
  private elsewhere(now: Instant): Millis {
    const passed = now - this.overAt
    const known = !Number.isNaN(passed)
    if (known) this.longTurn = passed > LONG_TURN && !this.begunBetween ? passed : 0
    this.overAt = now
    this.begunBetween = false
    if (known && this.longTurn > 0) this.admission.elsewhere(passed)
    return this.longTurn
  }

  /** Goes on in a turn in which somebody has begun, unless it is used up. */
  private readonly goOn = (): void => {
    const now = this.clock.now()
    this.overAt = now
    if (now < this.fullAt) this.startNext(this.held || this.admission.paced(now))
    else this.turnOver()
  }

  private startNext(paced: boolean): void {
    let whole = false
    try {
      for (;;) {
        // Anew for each: the one before may have computed until nobody waits for this one any more.
        const now = this.clock.now()
        const next = this.admission.next(now)
        if (next === undefined) break
        next.slot = true
        this.lull.began(now)
        if (paced) this.rest(this.goOn)
        this.start(next)
        if (paced) return
      }
      whole = true
      // What has been begun may compute until it comes to a halt; what comes behind that may have waited through anybody's turn.
      if (this.admission.watching) this.rest(this.turnOver)
    } finally {
      // Those behind a handler that throws have their turn all the same.
      if (whole) this.wake()
      else this.soon()
    }
  }

  private start(guest: T): void {
    const context = this.contexts.get(guest)
    this.contexts.delete(guest)
    if (context === undefined) this.ends.started(guest)
    else context.runInAsyncScope(this.ends.started, this.ends, guest)
  }

  private readonly turnedAway = (guest: T, turned: Turned): void => {
    const context = this.contexts.get(guest)
    this.contexts.delete(guest)
    if (context === undefined) this.ends.turned(guest, turned)
    else context.runInAsyncScope(this.ends.turned, this.ends, guest, turned)
  }

  /** A turn for those whose time to wait ends, when nothing else comes before. */
  private wake(): void {
    this.alarm?.cancel()
    this.alarm = undefined
    if (this.armed) return
    this.overAt = NaN
    if (this.contexts.size === 0) return
    const at = this.admission.wakeAt
    if (at === -Infinity) this.soon()
    else if (at < Infinity) this.alarm = this.clock.schedule(at, true, pumpOf, this as Pumped)
  }

  /** @internal */
  alarmed(): void {
    this.alarm = undefined
    this.pump()
  }
}

interface Pumped {
  alarmed(): void
}

function pumpOf(gate: Pumped): void {
  gate.alarmed()
}
