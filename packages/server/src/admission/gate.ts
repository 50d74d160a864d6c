import { AsyncResource } from 'node:async_hooks'
import type { Clock, TimerHandle } from '@inmesh/pipeline'
import type { Admission, AdmitOutcome, AttemptMark, Criticality, Instant, Turned } from '@inmesh/policy'
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

/**
 * Applies the policy of admission: it has the clock, the turns of the loop, and the requests that wait. At most one of
 * them starts in a turn while the policy paces, and not before the sockets are empty, so that what came meanwhile is read,
 * put in order and expired before the next one computes.
 */
export class Gate<T extends Guest> {
  readonly admission: Admission<T>
  private readonly clock: Clock
  private readonly ends: GateEnds<T>
  private readonly turn: NextTurn
  /** A request that waits goes on in the async context in which it came, be it OpenTelemetry's or the user's. */
  private readonly contexts = new Map<T, AsyncResource>()
  private readonly lull = new Lull()
  /** Connections come: nobody begins before the sockets are empty. */
  private held = false
  private armed = false
  private alarm: TimerHandle | undefined = undefined

  constructor(admission: Admission<T>, clock: Clock, ends: GateEnds<T>, turn: NextTurn = nextTurn) {
    this.admission = admission
    this.clock = clock
    this.ends = ends
    this.turn = turn
  }

  /** `start`: it holds a slot. `wait`: its end is told. Otherwise it is not taken. */
  arrive(guest: T, now: Instant): 'start' | 'wait' | Turned {
    this.lull.arrived()
    const answer = this.admission.arrive(guest, guest.importance, guest.givenUp, now, guest.mark?.after !== undefined)
    if (answer === 'start') {
      guest.slot = true
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

  private readonly pump = (): void => {
    this.armed = false
    const now = this.clock.now()
    this.admission.expire(now, this.turnedAway)
    const paced = this.held || this.admission.paced(now)
    if (paced && (this.held || this.contexts.size > 0) && !this.lull.reached(now)) return this.soon()
    if (this.contexts.size === 0) this.hold(false)
    let whole = false
    try {
      this.startNext(paced)
      whole = true
    } finally {
      // Those behind a handler that throws have their turn all the same.
      if (whole) this.wake()
      else this.soon()
    }
  }

  private startNext(paced: boolean): void {
    for (;;) {
      // Anew for each: the one before may have computed until nobody waits for this one any more.
      const now = this.clock.now()
      const next = this.admission.next(now)
      if (next === undefined) return
      next.slot = true
      this.lull.began(now)
      if (paced) this.soon()
      this.start(next)
      if (paced) return
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
    if (this.armed || this.contexts.size === 0) return
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
