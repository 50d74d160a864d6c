import type { Contender } from '../scenario/contenders.ts'
import type { Load } from '../scenario/load.ts'
import type { Service } from '../scenario/scenario.ts'

/** Header with the call's number: replicas draw its service time from it and count it. */
export const CALL_HEADER = 'x-lab-call'
/** Present when the call's work must never be done twice. */
export const ONCE_HEADER = 'x-lab-once'

/** A replica, told by its first message what it is. Port 0: any free one. */
export interface ReplicaStart {
  readonly kind: 'start'
  readonly number: number
  readonly port: number
  readonly seed: number
  readonly service: Service
}

export interface Behaviour {
  readonly factor: number
  readonly failCode: number
  readonly failShare: number
}

export interface SetBehaviour {
  readonly kind: 'behave'
  readonly behaviour: Behaviour
}

export type ToReplica = ReplicaStart | SetBehaviour

export type FromReplica =
  | { readonly kind: 'listening'; readonly port: number }
  | { readonly kind: 'behaving' }
  /** Work of a once-only call begun. Sent at once: a replica that is killed takes nothing with it. */
  | { readonly kind: 'once'; readonly call: number }
  | { readonly kind: 'arrivals'; readonly count: number }

export interface Endpoint {
  readonly name: string
  readonly service: string
  readonly url: string
}

export interface GeneratorStart {
  readonly kind: 'start'
  readonly contender: Contender
  readonly load: Load
  readonly seed: number
  readonly endpoints: readonly Endpoint[]
}

export type ToGenerator =
  | GeneratorStart
  /** `epoch`: the end of the warm-up on the system clock. */
  | { readonly kind: 'go'; readonly epoch: number }
  /** The replicas that live now: what the generator ends should the parent be gone. */
  | { readonly kind: 'pids'; readonly pids: readonly number[] }

export type FromGenerator =
  | { readonly kind: 'ready' }
  | { readonly kind: 'tick'; readonly tick: Tick }
  | { readonly kind: 'result'; readonly result: GeneratorResult }
  | { readonly kind: 'failed'; readonly message: string }

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
export interface GeneratorResult {
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
