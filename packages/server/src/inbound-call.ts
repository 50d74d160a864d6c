import type { Clock, RequestTrace, ServerWire, TimerHandle } from '@inmesh/pipeline'
import type { Code, Criticality, Instant, Millis } from '@inmesh/policy'
import { Work } from './context/work.ts'
import { callerOf, type Caller, type CallerTerms } from './inbound/caller.ts'
import type { Peer } from './inbound/peer.ts'
import type { Headers, Inbound } from './inbound/read-inbound.ts'
import type { OperationNames } from './operation-names.ts'
import type { Refusal } from './refusal.ts'
import type { RequestMeter } from './seams.ts'

/** What keys of limits, routes and health predicates may look at. */
export interface RequestFacts {
  /** `GET`. */
  readonly method: string
  /** Without the query; as it was sent, so not decoded. */
  readonly path: string
  /** By lower-case names. Anybody may have written them. */
  readonly headers: Headers
  readonly peer: Peer
  readonly caller: Caller | undefined
  readonly criticality: Criticality | undefined
  /** `GET /items/:id`, where the framework knows it by now: Fastify does, Express only inside of a route. */
  readonly route: string | undefined
}

/** Who is told of a request's ends. */
export interface CallOwner {
  readonly clock: Clock
  readonly callerTerms: CallerTerms
  /** What the user says of it; never throws. */
  routeOf(request: RequestFacts): string | undefined
  readonly operations: OperationNames
  /** Its head is about to be sent, with this status. Told only where `watchHead` was asked. */
  heading(call: InboundCall, status: number): void
  /**
   * For adapters that have a say between the middleware and the handler, such as when the body has been read. Answers whether
   * its time was up: then it has been refused, and its handler is not to run.
   */
  refusedLate(call: InboundCall): boolean
  ended(call: InboundCall, status: number): void
  hungUp(call: InboundCall): void
  /** Its deadline has come while it waits, or while its handler runs. */
  timeUp(call: InboundCall): void
}

/** Where a request is: not decided yet, in the line, at its handler, over. */
export type Phase = 'new' | 'waiting' | 'running' | 'over'

/**
 * One request, from the middleware to the end of its reply. An adapter says what its protocol's request looks like and
 * how it is let go on, refused and cut off; everything else happens in the server's core.
 */
export abstract class InboundCall extends Work implements Inbound, RequestFacts {
  readonly owner: CallOwner
  readonly arrived: Instant
  /** When its handler began; the arrival before that. */
  started: Instant
  remaining: Millis | undefined = undefined
  /** The status of its reply in the words of its protocol, where that has other words than HTTP's. */
  code: Code | undefined = undefined
  said: Criticality | undefined = undefined
  /** When its caller stops waiting, by its own words; Infinity where the deadline's mode only observes. */
  givenUp: Instant = Infinity
  phase: Phase = 'new'
  /** Whether the core's state counts it: health checks and what the kill switch lets pass are not counted. */
  counted = false
  /** Whether calls beneath and its reply hear of it, or the server's mode only observes it. */
  acts = true
  /** Whether it holds a slot of admission. */
  slot = false
  overran = false
  timer: TimerHandle | undefined = undefined
  /** Where what is decided about it is written down, where somebody follows requests. */
  notes: RequestTrace | undefined = undefined
  private from: Caller | null | undefined = undefined
  private asked = false

  constructor(owner: CallOwner) {
    super()
    this.owner = owner
    this.arrived = this.started = owner.clock.now()
  }

  override get failed(): boolean {
    return this.failedBelow
  }

  /** If its own reply will be a failure, its caller is told: so its head is looked at from now on. */
  override set failed(failed: boolean) {
    if (!failed || this.failedBelow || !this.acts) return
    this.failedBelow = true
    if (!this.headSent) this.watchHead()
  }

  abstract get method(): string
  abstract get path(): string
  abstract get headers(): Headers
  abstract get peer(): Peer
  /** What the framework knows of the route. */
  protected abstract get knownRoute(): string | undefined
  /** Whether its caller has hung up: before it came here, nothing will tell of that any more. */
  abstract get gone(): boolean
  /** Whether a byte of the reply is out. */
  abstract get headSent(): boolean
  /** Lets it go on to its handler, in its context where it has one. */
  abstract proceed(withContext: boolean): void
  abstract refuse(refusal: Refusal): void
  /** From now on its owner is told as the head is sent, however that comes about. */
  abstract watchHead(): void
  /** As the head is sent; what the handler has set wins. */
  abstract addAtHead(name: string, value: string): void
  /** Its reply says how busy the server is. */
  report(meter: RequestMeter, now: Instant): void {
    const headers = meter.replyHeaders?.(now) ?? []
    for (let i = 0; i < headers.length; i += 2) this.addAtHead(headers[i]!, headers[i + 1]!)
  }

  /** For the reply, if its head is not out yet. */
  abstract setHeader(name: string, value: string): void
  /** The connection is closed after this reply, where the protocol has a word for it. */
  abstract closeAfter(): void
  /** Ends it now, whatever its handler does. */
  abstract cut(): void

  get clock(): Clock {
    return this.owner.clock
  }

  get caller(): Caller | undefined {
    if (this.from === undefined) this.from = callerOf(this.peer, this.headers, this.owner.callerTerms) ?? null
    return this.from ?? undefined
  }

  get route(): string | undefined {
    // Whoever is asked for the route finds in it what is known.
    if (this.asked) return this.knownRoute
    this.asked = true
    const route = this.owner.routeOf(this) ?? this.knownRoute
    this.asked = false
    return route
  }

  /** The route where it is known, else the method: never a path, of which there are as many as callers can think of. */
  get operation(): string {
    return this.owner.operations.of(this.route, this.method)
  }

  /** What it is on the wire, where the adapter knows; asked only while somebody listens. */
  get onWire(): ServerWire | undefined {
    return undefined
  }

  /** Whether its caller has stopped waiting by now. Not told by a timer: sockets have their turn before timers. */
  get isDead(): boolean {
    return this.givenUp !== Infinity && this.clock.now() >= this.givenUp
  }

  /** The reply is over, or its connection is. Whatever comes after the first end says nothing. */
  closed(whole: boolean, status: number): void {
    if (this.phase === 'over') return
    if (whole) this.owner.ended(this, status)
    else this.owner.hungUp(this)
  }
}
