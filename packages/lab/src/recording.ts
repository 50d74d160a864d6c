import type { Decisions } from './decisions/decisions.ts'
import type { Step } from './workload/timeline.ts'

/** The last second, for people who watch. */
export interface Tick {
  readonly at: number
  readonly calls: number
  readonly failed: number
  readonly p99: number
}

/** How a call ended. The numbers are what the result's `outcome` holds. */
export const OUTCOME = { unfinished: 0, success: 1, failure: 2 } as const

/** Raw recordings, exact; figures are computed from them afterwards. All times in ms from the end of the warm-up. */
export interface CallsAndTries {
  readonly dueAt: Float64Array
  readonly classOf: Uint8Array
  /** From the *intended* send time: a client that stalls cannot hide what its callers waited. */
  readonly latency: Float64Array
  readonly outcome: Uint8Array
  /** How late the generator itself was. */
  readonly lateness: Float64Array
  readonly failures: Readonly<Record<string, number>>
  readonly tries: Tries
}

export interface Tries {
  readonly at: Float64Array
  /** Index into the endpoints. */
  readonly endpoint: Uint16Array
  /** The call it belongs to; −1 when it carries no call's header. */
  readonly call: Int32Array
  /** 0 when no byte of it went out, as when the connection was refused. */
  readonly sent: Uint8Array
}

/** What one contender did under one seed: recordings, nothing computed yet. */
export interface Recording {
  readonly contender: string
  readonly seed: number
  readonly endpoints: readonly string[]
  readonly result: CallsAndTries
  /** Busy share of the machine; undefined in virtual time, where it says nothing. */
  readonly cpu: number | undefined
  readonly repeatedWork: number
  readonly arrivals: Readonly<Record<string, number>>
  /** When each step of the timeline had really been done, in the timeline's order. */
  readonly steps: readonly (Step & { readonly doneAt: number })[]
  /** What its processes decided; undefined where none of them tells it, or nobody asked. */
  readonly decisions?: Decisions
  /** Calls that replicas made for measured calls of the load, where that is not told by `virtual`. */
  readonly handlerCalls?: number
  /** What only the virtual world knows; undefined for a run on real sockets. */
  readonly virtual?: VirtualFacts
}

export interface VirtualFacts {
  /** The bound that ended the run, so that what is recorded is not the whole; undefined: everything has ended. */
  readonly bound: 'events' | 'time' | 'wall' | 'memory' | undefined
  readonly events: number
  /** When the last thing happened, in ms from the end of the warm-up. */
  readonly endedAt: number
  /** Calls that handlers of replicas made, beside those of the load. */
  readonly handlerCalls: number
  readonly load: EndpointLoad
}

/** Load of each endpoint over time. Row by row: sample after sample, in each one number for each endpoint. */
export interface EndpointLoad {
  /** Where the first sample's time begins, in ms from the end of the warm-up. */
  readonly from: number
  /** Length of time that a sample is the mean of, in ms. */
  readonly every: number
  /** Calls worked on. */
  readonly working: Float32Array
  /** Calls that wait in the queue. */
  readonly waiting: Float32Array
}
