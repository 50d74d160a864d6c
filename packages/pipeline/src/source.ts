import type { AdmissionSnapshot, AttemptsSnapshot, EndpointSnapshot, ServiceBreakerSnapshot } from '@inmesh/policy'
import type { ConcurrencyLimitSnapshot, LimitSnapshot, SharedRateSnapshot } from './shared/limit-snapshot.ts'

/** A service of a mesh at this moment: what its events do not tell. */
export interface ServiceState {
  readonly service: string
  readonly endpoints: readonly EndpointSnapshot[]
  /** So few are in that ejection is ignored. */
  readonly panic: boolean
  readonly attempts: Pick<AttemptsSnapshot, 'budget' | 'backupBudget' | 'storm'>
  readonly breaker?: ServiceBreakerSnapshot
  readonly limit?: LimitSnapshot
  readonly concurrency?: ConcurrencyLimitSnapshot
}

/** A server at this moment. */
export interface ServerState {
  readonly name: string
  readonly state: 'serving' | 'draining' | 'closed'
  readonly inFlight: number
  readonly waiting: number
  readonly admission?: AdmissionSnapshot
  readonly limits: readonly { readonly name: string; readonly admitted: number; readonly shared?: SharedRateSnapshot | undefined }[]
}

export interface SourceState {
  readonly services: readonly ServiceState[]
  readonly servers: readonly ServerState[]
  /** How often one of its observers, or what follows calls for one, has thrown. */
  readonly observerFaults: number
}

/** A mesh or a server as observers may ask it, whenever they are asked themselves. Not for each call. */
export interface Source {
  readonly state: () => SourceState
}
