import type { Criticality, Instant, Millis } from '@inmesh/policy'

/** Processes that have one rate limit together, the engine that counts it, and the network between. */
export interface FleetModel {
  /** Calls a second, of all processes together. */
  readonly rate: number
  readonly burst: number
  readonly processes: readonly ProcessModel[]
  readonly duration: Millis
  readonly seed: number
  readonly network?: NetworkModel
  /** After how long without an answer an ask has failed. Default 80 ms. */
  readonly timeout?: Millis
  readonly faults?: readonly Fault[]
}

export interface ProcessModel {
  /** Calls a second, by the instant from which there are so many. Calls come in a Poisson stream. */
  readonly demand: readonly (readonly [from: Instant, rate: number])[]
  /** Of all its calls. Default: the limit makes no difference between classes. */
  readonly criticality?: Criticality
  /** What `SHEDDABLE` gets nevertheless, 0–1. Default 0. */
  readonly floor?: number
  /** Default: from the beginning to the end. */
  readonly joins?: Instant
  /** Leaves properly, but without settling what it owes. */
  readonly leaves?: Instant
}

export interface NetworkModel {
  /** One way: lognormal, never less than 0.1 ms. Default 0.5 ms in the median, σ 0.7: from 0.2 to 5 ms. */
  readonly median?: Millis
  readonly sigma?: number
  /** Share of messages that take 20 to 60 ms instead. Default 0.001. */
  readonly tail?: number
  /** Shares of asks and of answers that never come. Default 0. */
  readonly asksLost?: number
  readonly answersLost?: number
}

export type Fault =
  /** The engine has lost its state: a flush, or a replica that had nothing yet. */
  | { readonly kind: 'forget'; readonly at: Instant }
  /** The engine stands still; what it is asked meanwhile it does afterwards. */
  | { readonly kind: 'freeze'; readonly at: Instant; readonly for: Millis }
  /** The engine is gone and comes back empty. */
  | { readonly kind: 'kill'; readonly at: Instant; readonly for: Millis }
  /** The engine's clock is set. */
  | { readonly kind: 'clock'; readonly at: Instant; readonly by: Millis }
  /** A process stands still; calls and answers wait for it. */
  | { readonly kind: 'pause'; readonly process: number; readonly at: Instant; readonly for: Millis }
  /** Nothing goes between these processes and the engine. */
  | { readonly kind: 'cut'; readonly processes: readonly number[]; readonly at: Instant; readonly for: Millis }

/** What came of it. */
export interface FleetRun {
  /** When each admitted call was, in order, and in which process. */
  readonly at: readonly Instant[]
  readonly by: readonly number[]
  /** Calls that came, of each process. */
  readonly offered: readonly number[]
  /** The sum over processes of the most that each adds to the bound. */
  readonly hold: number
  /** Messages to the engine that ask for something; refused, and without an answer. */
  readonly asked: number
  readonly refused: number
  readonly failed: number
  /** Calls admitted by processes that counted by themselves. */
  readonly byThemselves: number
  /** How often a process took the engine for one that had lost its state, on the engine's word. */
  readonly lost: number
  /** Tokens that expired. */
  readonly unused: number
}
