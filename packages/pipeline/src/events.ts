import type { AdmissionEvent, AttemptsEvent, Cause, ClusterEvent, Code, ConcurrencyEvent, Criticality, Instant, Millis, Outcome, PickReasons, ServiceBreakerEvent } from '@inmesh/policy'
import type { Target } from './call.ts'
import type { SharedEvent } from './shared/shared-events.ts'
import type { ClientWire, ServerWire } from './wire-facts.ts'

/** One event per decision; `at` is on the mesh's monotonic clock. All fields are plain data but for `outcome.cause`. */
export type MeshEvent = { readonly service: string; readonly at: Instant } & (
  | ({ readonly type: 'picked'; readonly operation: string; readonly endpoint: string; readonly cause: Cause; readonly ordinal: number; readonly remaining?: Millis | undefined } & PickReasons)
  | { readonly type: 'tried'; readonly operation: string; readonly endpoint: string; readonly cause: Cause; readonly ordinal: number; readonly outcome: Outcome; readonly latency: Millis; readonly wire?: ClientWire | undefined }
  | { readonly type: 'retried' | 'backed-up' | 'rescued'; readonly operation: string; readonly ordinal: number; readonly after: Millis }
  | { readonly type: 'refused'; readonly operation: string; readonly policy: string; readonly why: string; readonly criticality?: Criticality; readonly numbers?: Readonly<Record<string, number | string>> }
  | { readonly type: 'ended'; readonly operation: string; readonly outcome: Outcome; readonly latency: Millis; readonly tries: number; readonly fallback: boolean; readonly criticality: Criticality; readonly answeredBy?: Cause | undefined; readonly wire?: ClientWire | undefined }
  | AttemptsEvent
  | ServiceBreakerEvent
  | ConcurrencyEvent
  | { readonly type: 'mode-differed'; readonly operation: string; readonly policy: string; readonly would: string }
  | { readonly type: 'passed-through'; readonly origin: string }
  | { readonly type: 'endpoints-changed'; readonly known: number; readonly added: readonly string[]; readonly removed: readonly string[] }
  | { readonly type: 'discovery-failed'; readonly error: unknown }
  | { readonly type: 'discovery-noted'; readonly note: string }
  | { readonly type: 'health-checked'; readonly endpoint: string; readonly ok: boolean; readonly latency: Millis; readonly complaint?: string }
  | { readonly type: 'unreachable'; readonly endpoint: string; readonly complaint: string }
  | { readonly type: 'reachable'; readonly endpoint: string; readonly outFor: Millis }
  | { readonly type: 'policy-changed'; readonly chain: readonly string[] }
  | { readonly type: 'interceptor-failed'; readonly interceptor: string; readonly error: unknown }
  | { readonly type: 'compiled-out'; readonly interceptor: string; readonly faults: number }
  | EndpointEvent
  | SharedEvent
  | ServerEvent
  | AdmissionEvent
)

/**
 * What a server tells; `service` is its own name. `operation` is the route where it is known by then, such as
 * `GET /items/:id`, else the method. Times count from when the request reached the middleware.
 */
export type ServerEvent =
  | { readonly type: 'request-began'; readonly operation: string; readonly criticality: Criticality; readonly attempt: number; readonly waited: Millis; readonly remaining?: Millis }
  | { readonly type: 'request-ended'; readonly operation: string; readonly criticality: Criticality; readonly status: number; readonly code?: Code; readonly latency: Millis; readonly wire?: ServerWire | undefined }
  | { readonly type: 'request-refused'; readonly operation: string; readonly criticality: Criticality; readonly policy: string; readonly why: string; readonly detail: string; readonly status: number; readonly latency: Millis; readonly wire?: ServerWire | undefined }
  | { readonly type: 'request-overran'; readonly operation: string; readonly criticality: Criticality; readonly after: Millis }
  | { readonly type: 'request-hung-up'; readonly operation: string; readonly criticality: Criticality; readonly after: Millis; readonly began: boolean; readonly wire?: ServerWire | undefined }
  | { readonly type: 'draining'; readonly inFlight: number; readonly within: Millis }
  | { readonly type: 'drained'; readonly took: Millis; readonly ended: number; readonly cut: number }

/** What the cluster tells, with the endpoint by its address. */
type EndpointEvent = ClusterEvent<Target> extends infer E ? (E extends { endpoint: unknown } ? Omit<E, 'endpoint'> & { readonly endpoint: string } : E) : never
