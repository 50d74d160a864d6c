import type { Instant, Outcome } from '@inmesh/policy'
import type { LoadReport, TryHandle, TrySink, VirtualCall } from './contract.ts'
import { Entry } from './entry.ts'
import type { Instance } from './instance/instance.ts'
import { headersTimeout, HEADERS_TIMEOUT } from './outcomes.ts'
import type { Route } from './route.ts'

/** Where a try is. */
export const PHASE = {
  /** On its way to the replica. */
  out: 0,
  /** With the replica, which does something else than work on it: a handler that waits, a process that stands still. */
  there: 1,
  queued: 2,
  working: 3,
  /** The replica has decided to fail it, and takes its time. */
  failing: 4,
  /** Its answer is on the way back. */
  back: 5,
  over: 6
} as const

export type Phase = (typeof PHASE)[keyof typeof PHASE]

/**
 * One request, from its sending until nothing of it is left. It is its own timer: whatever it waits for, it waits for one
 * thing at a time.
 */
export class Try extends Entry implements TryHandle {
  readonly route: Route
  readonly instance: Instance
  readonly call: VirtualCall
  readonly ordinal: number
  readonly sentAt: Instant
  /** Undefined when nobody waits for the answer any more. */
  sink: TrySink | undefined
  phase: Phase = PHASE.out
  /** Its place among those that are with the replica; -1: not there. */
  seat = -1
  /** Its row in the log of tries. */
  row = -1
  /** `send` has not returned yet: whoever sends must have its handle before it hears anything. */
  fresh = true
  outcome: Outcome | undefined = undefined
  report: LoadReport | undefined = undefined

  constructor(route: Route, call: VirtualCall, ordinal: number, sink: TrySink, now: Instant) {
    super()
    this.route = route
    this.instance = route.instance
    this.call = call
    this.ordinal = ordinal
    this.sink = sink
    this.sentAt = now
  }

  fire(): void {
    const { instance, phase } = this
    if (phase === PHASE.working) instance.worked(this)
    else if (phase === PHASE.back) this.deliver()
    else if (phase === PHASE.out) instance.arrive(this)
    else if (phase === PHASE.failing) instance.answer(this, this.outcome as Outcome)
  }

  cancel(): void {
    if (this.sink === undefined) return
    this.sink = undefined
    if (this.phase === PHASE.back) this.vanish()
    else this.instance.cancelled(this)
  }

  deliver(): void {
    const { sink, outcome, report } = this
    this.phase = PHASE.over
    this.sink = undefined
    sink?.onHead(outcome as Outcome, this.instance.engine.agenda.now(), report)
  }

  /** It, or its answer, is lost on the way and nobody says so; at some time the client has had enough. */
  lose(): void {
    if (this.sink === undefined) return this.vanish()
    this.phase = PHASE.back
    this.outcome = headersTimeout()
    this.instance.engine.agenda.enter(this, this.sentAt + HEADERS_TIMEOUT)
  }

  vanish(): void {
    this.instance.engine.agenda.leave(this)
    this.phase = PHASE.over
  }
}
