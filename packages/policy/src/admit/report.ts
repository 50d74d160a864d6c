import type { Criticality, Millis } from '../types.ts'

/**
 * Why a request is not taken: `limit` as many as may be worked on are, and nobody may wait; `queue` as many wait as may;
 * `waited` it has waited as long as one may; `displaced` somebody more critical, or newer under overload, came for its
 * place; `delay` as `limit` and `waited`, while it is the event loop that is late; `deadline` its caller has given it up.
 */
export type AdmitWhy = 'limit' | 'queue' | 'waited' | 'displaced' | 'delay' | 'deadline'

/** A request that is not taken. Nothing was done for it. */
export interface Turned {
  readonly why: AdmitWhy
  /** Other instances are overloaded too, so another try elsewhere is pointless. */
  readonly everywhere: boolean
  /** When it may be worth asking this instance again, in ms from now; 0: no wish, a neighbour may take it at once. */
  readonly retryAfter: Millis
}

/** As plain data. */
export interface AdmissionSnapshot {
  readonly limit: number
  readonly inFlight: number
  readonly waiting: number
  /** The event loop's, as last told. */
  readonly delay: Millis
  readonly overloaded: boolean
  /** Whether refusals say that another try is pointless. */
  readonly everywhere: boolean
  readonly admitted: Readonly<Record<Criticality, number>>
  readonly refused: Readonly<Record<Criticality, number>>
}

/** `admission`: the limit moved by a tenth or more since it was last told. The other two: the state changed. */
export interface AdmissionEvent extends AdmissionSnapshot {
  readonly type: 'admission' | 'overloaded' | 'recovered'
}
