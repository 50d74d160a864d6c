import type { Clock, Observer } from '@inmesh/pipeline'
import type { Failure, Instant, Millis, Outcome, Random } from '@inmesh/policy'
import type { RequestClass } from '../scenario/load.ts'
import type { Speaker } from './headers.ts'

/** One call as a client of the virtual world is asked to make it. */
export interface VirtualCall {
  /** Its number in the run: with the replica it fixes the service time, whoever sends it. */
  readonly index: number
  readonly requestClass: RequestClass
  /** When it was meant to be sent; latencies count from here. */
  readonly due: Instant
  /** Instant by which the caller wants it; Infinity for none. */
  readonly deadline: Instant
  readonly affinity?: string | undefined
  /** The call of the load that it came of: itself, or what the handler that makes it serves. */
  readonly root?: number | undefined
}

/** What a reply may carry of its server's load (ORCA's names). */
export interface LoadReport {
  /** Requests a second. */
  readonly rps: number
  /** Failed requests a second. */
  readonly eps: number
  /** Busy share of the server, 0 to 1 and above under overload. */
  readonly utilization: number
  /** Working on, and waiting. */
  readonly inFlight: number
}

/** Hears of one try: once, unless it was cancelled before; never before `send` has returned. */
export interface TrySink {
  onHead(outcome: Outcome, now: Instant, report: LoadReport | undefined): void
}

export interface TryHandle {
  /** The client has given the try up. What it costs the server is the scenario's to say. */
  cancel(): void
}

/** One replica as one client reaches it, network and all. */
export interface Upstream {
  readonly name: string
  /** Its place in the service's list of replicas. */
  readonly index: number
  /** As a registry would tell it; 1 where nobody said. */
  readonly weight?: number | undefined
  readonly zone?: string | undefined
  /** Whether its replies carry a load report for whoever reads them, beside the peers that cannot do without. */
  readonly reports?: boolean | undefined
  /** `speaker`: who writes headers, asked at once and only where somebody reads them. */
  send(call: VirtualCall, ordinal: number, sink: TrySink, speaker?: Speaker): TryHandle
}

/** What only an oracle may look at: the truth about every replica. */
export interface Clairvoyance {
  /** How long this call will be worked on there, faults included; Infinity where it would never be answered. */
  serviceTime(call: VirtualCall, upstream: Upstream, now: Instant): Millis
  /** Until a slot is free for one more call there; 0 when one is free now, Infinity when never. */
  wait(upstream: Upstream, now: Instant): Millis
  /** What it would answer at once instead of working, if it would. */
  failure(call: VirtualCall, upstream: Upstream, now: Instant): Failure | undefined
}

export interface ClientEnv {
  readonly clock: Clock
  /** A stream of this client's own. */
  readonly random: Random
  readonly service: string
  /** 0 for the first process of the clients. */
  readonly process: number
  readonly zone?: string | undefined
  readonly upstreams: readonly Upstream[]
  readonly clairvoyance: Clairvoyance
  /** For a client that tells what it decides: makes what it is told to, where anybody listens. */
  readonly observe?: (() => Observer) | undefined
}

/** How a call ended for its caller. */
export interface CallSink {
  onEnd(call: VirtualCall, outcome: Outcome, now: Instant): void
}

/** One process of a contender: the shipping code, a peer, or an oracle. */
export interface VirtualClient {
  call(call: VirtualCall, sink: CallSink): void
  /** The fleet has changed; tries in flight end as they would. */
  members(upstreams: readonly Upstream[]): void
}

export type MakeClient = (env: ClientEnv) => VirtualClient
