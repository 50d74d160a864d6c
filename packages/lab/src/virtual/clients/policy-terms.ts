import type { Attempts, Cluster } from '@inmesh/policy'
import type { Clock } from '@inmesh/pipeline'
import type { Upstream } from '../contract.ts'

/** What all calls of one client have in common. */
export interface PolicyTerms {
  readonly clock: Clock
  readonly cluster: Cluster<Upstream>
  readonly attempts: Attempts
  /** Of the whole call, and of one try; Infinity for none. */
  readonly total: number
  readonly perTry: number
}
