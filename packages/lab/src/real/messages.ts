import type { ClientSpec, Contender } from '../scenario/contenders.ts'
import type { Protocol } from '../scenario/protocol.ts'
import type { Load } from '../scenario/load.ts'
import type { CallsAndTries, Tick, Tries } from '../recording.ts'
import type { Service } from '../scenario/scenario.ts'
import type { Step } from '../scenario/service.ts'
import type { Decisions } from '../decisions/decisions.ts'

export { OUTCOME } from '../recording.ts'
export type { CallsAndTries as GeneratorResult, Tick, Tries } from '../recording.ts'

/** Header with the number of the load's call: replicas draw its service time from it and count it. */
export const CALL_HEADER = 'x-lab-call'
/** What is drawn for a call that a replica makes: by a number of its own. */
export const DRAW_HEADER = 'x-lab-draw'
/** Present when the call's work must never be done twice. */
export const ONCE_HEADER = 'x-lab-once'

/** A replica, told by its first message what it is. Port 0: any free one. */
export interface ReplicaStart {
  readonly kind: 'start'
  readonly serviceName: string
  readonly number: number
  readonly port: number
  readonly seed: number
  readonly service: Service
  /** Whether the server half stands before it, where the service has one. */
  readonly governed: boolean
  /** What it decides is told; undefined: nobody listens. */
  readonly record: RecordDecisions | undefined
}

/** How what a process decides is kept. */
export interface RecordDecisions {
  /** ms from step to step of what is counted, and how long that goes on after the warm-up. */
  readonly every: number
  readonly duration: number
  /** The process, as decisions tell it. */
  readonly by: string
}

/** Where the services are that it calls, and what it calls them with. */
export interface SetCallees {
  readonly kind: 'callees'
  readonly client: ClientSpec
  readonly steps: readonly Step[]
  readonly seed: number
  readonly endpoints: readonly Endpoint[]
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

export type ToReplica =
  | ReplicaStart
  | SetCallees
  | SetBehaviour
  /** The end of the warm-up on the system clock: told where decisions are recorded. */
  | { readonly kind: 'epoch'; readonly epoch: number }
  | { readonly kind: 'report' }

export type FromReplica =
  | { readonly kind: 'listening'; readonly port: number }
  | { readonly kind: 'connected' }
  | { readonly kind: 'behaving' }
  /** Work of a once-only call begun. Sent at once: a replica that is killed takes nothing with it. */
  | { readonly kind: 'once'; readonly call: number }
  | { readonly kind: 'arrivals'; readonly count: number }
  | ({ readonly kind: 'report' } & ReplicaReport)

/** What a replica called: tries by the system's clock, and for each call the call of the load that it was made for. */
export interface InnerCalls {
  readonly tries: Tries
  /** Names of the endpoints that the tries tell by number. */
  readonly endpoints: readonly string[]
  readonly calls: Int32Array
}

export interface ReplicaReport {
  readonly inner?: InnerCalls
  readonly decisions?: Decisions
}

export interface Endpoint {
  readonly name: string
  readonly service: string
  readonly url: string
  readonly protocol: Protocol
}

export interface GeneratorStart {
  readonly kind: 'start'
  readonly contender: Contender
  readonly load: Load
  readonly seed: number
  readonly endpoints: readonly Endpoint[]
  /** What the contender decides is told; undefined: nobody listens. */
  readonly record: RecordDecisions | undefined
  /** The port at which its metrics are read, if they are. */
  readonly metrics: number | undefined
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
  | { readonly kind: 'result'; readonly result: CallsAndTries; readonly decisions?: Decisions }
  | { readonly kind: 'failed'; readonly message: string }
