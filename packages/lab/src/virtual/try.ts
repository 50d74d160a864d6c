import type { Instant, Outcome } from '@inmesh/policy'
import type { Agenda } from './agenda.ts'
import type { Caller } from './caller.ts'
import type { LoadReport, TryHandle, TrySink, VirtualCall } from './contract.ts'
import { Entry } from './entry.ts'
import type { Headers } from './headers.ts'
import { headersTimeout, HEADERS_TIMEOUT } from './outcomes.ts'

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
  over: 6,
  /** Before the door: in a socket that is not read yet, or in the line for a slot. */
  outside: 7
} as const

export type Phase = (typeof PHASE)[keyof typeof PHASE]

/** The replica, as a try on it needs it. */
export interface Host {
  readonly agenda: Agenda
  arrive(sent: Try): void
  worked(sent: Try): void
  answer(sent: Try, outcome: Outcome): void
  cancelled(sent: Try): void
}

/**
 * One request, from its sending until nothing of it is left. It is its own timer: whatever it waits for, it waits for one
 * thing at a time.
 */
export class Try extends Entry implements TryHandle {
  readonly caller: Caller
  readonly call: VirtualCall
  readonly ordinal: number
  readonly sentAt: Instant
  /** Undefined when nobody waits for the answer any more. */
  sink: TrySink | undefined
  private readonly host: Host
  phase: Phase = PHASE.out
  /** Its place among those that are with the replica; -1: not there. */
  seat = -1
  /** Its row in the log of tries. */
  row = -1
  /** `send` has not returned yet: whoever sends must have its handle before it hears anything. */
  fresh = true
  outcome: Outcome | undefined = undefined
  report: LoadReport | undefined = undefined
  /** What it said of itself, to a replica that reads it. */
  headers: Headers | undefined = undefined
  /** When it came to the replica, while it lies in a socket. */
  arrivedAt: Instant = 0
  /** When a gate let it in, whose slot it holds; NaN: it holds none. */
  admittedAt: Instant = NaN

  constructor(host: Host, caller: Caller, call: VirtualCall, ordinal: number, sink: TrySink, now: Instant) {
    super()
    this.host = host
    this.caller = caller
    this.call = call
    this.ordinal = ordinal
    this.sink = sink
    this.sentAt = now
  }

  fire(): void {
    const { host, phase } = this
    if (phase === PHASE.working) host.worked(this)
    else if (phase === PHASE.back) this.deliver()
    else if (phase === PHASE.out) host.arrive(this)
    else if (phase === PHASE.failing) host.answer(this, this.outcome as Outcome)
  }

  cancel(): void {
    if (this.sink === undefined) return
    this.sink = undefined
    if (this.phase === PHASE.back) this.vanish()
    else this.host.cancelled(this)
  }

  deliver(): void {
    const { sink, outcome, report } = this
    this.phase = PHASE.over
    this.sink = undefined
    sink?.onHead(outcome as Outcome, this.host.agenda.now(), report)
  }

  /** It, or its answer, is lost on the way and nobody says so; at some time the client has had enough. */
  lose(): void {
    if (this.sink === undefined) return this.vanish()
    this.phase = PHASE.back
    this.outcome = headersTimeout()
    this.host.agenda.enter(this, this.sentAt + HEADERS_TIMEOUT)
  }

  vanish(): void {
    this.host.agenda.leave(this)
    this.phase = PHASE.over
  }
}
