import type { Millis } from '@inmesh/policy'
import type { Target } from './context.ts'

/** Why a check has failed; undefined: it has not. */
export type Complaint = string | undefined

/** One question on its way. */
export interface Probe {
  /** Nobody waits for the answer any more. */
  cancel(): void
}

/** Asks an endpoint in the protocol of some client whether it is well. */
export interface Prober {
  /** Calls `done` once, unless it was cancelled, and within `timeout`. `service`: of what it is asked; `''` of the whole server. */
  probe(target: Target, question: { readonly service: string; readonly timeout: Millis }, done: (complaint: Complaint) => void): Probe
}
