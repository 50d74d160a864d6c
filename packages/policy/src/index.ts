export type * from './types.ts'
export { CODES, isCode, statusIn } from './codes.ts'

// estimate: what was measured
export { ENDPOINT_BUCKETS, LogBuckets, OPERATION_BUCKETS } from './estimate/log-buckets.ts'
export { Percentiles, type PercentilesOptions } from './estimate/percentiles.ts'
export { Operation, UNKNOWN_MEDIAN } from './estimate/operation.ts'
export { Operations } from './estimate/operations.ts'

// balance: which endpoint
export { BALANCE_DEFAULTS, type BalanceOptions, type Balancing } from './balance/options.ts'
export { Endpoint } from './balance/endpoint.ts'
export type { GuardOptions } from './balance/guard.ts'
export { EndpointPool, type EndpointSpec, type PoolChange } from './balance/endpoint-pool.ts'
export { Visited } from './balance/visited.ts'
export { Lease, type LeaseState } from './balance/lease.ts'
export type { PickReasons } from './balance/pick-reasons.ts'
export type { PickRequest } from './balance/pick-request.ts'

// reweight: what a code means for its endpoint
export { type CodeVerdict, LONGEST_KEEP_OFF, REWEIGHT_DEFAULTS, type ReweightOptions } from './reweight/options.ts'
export { severityOf } from './reweight/verdicts.ts'

// eject: who is out, and until when
export { EJECT_DEFAULTS, type EjectOptions } from './eject/options.ts'
export type { EjectedWhy, TrialState } from './eject/trial.ts'

// health: what checks say together
export { Health, type HealthChange, type HealthState } from './health/health.ts'
export { HEALTH_DEFAULTS, type HealthThresholds } from './health/options.ts'

// cluster: all of it for one service
export { Cluster, type ClusterOptions, type ClusterPolicies } from './cluster/cluster.ts'
export type {
  ClusterEvent, ClusterListener, EjectedEvent, KeptOffEvent, PanicEvent, ProbeEvent, ReturnedEvent, SeverityEvent,
  SuppressedEvent, SuppressedWhy,
} from './cluster/events.ts'
export type { BalanceSnapshot, PrioritySnapshot } from './cluster/balance-snapshot.ts'
export type { EndpointSnapshot } from './cluster/snapshot.ts'

// attempt: which extra try, and when
export * from './attempt/attempts.ts'
export * from './attempt/backoff.ts'
export * from './attempt/backup-delay.ts'
export * from './attempt/budget.ts'
export * from './attempt/options.ts'
export * from './attempt/plan.ts'
export type { AttemptsEvent, AttemptStats } from './attempt/state.ts'
export * from './attempt/storm.ts'

// limit: which call is refused
export * from './limit/aimd.ts'
export { CancelBudget } from './limit/cancel-budget.ts'
export * from './limit/concurrency.ts'
export * from './limit/drop.ts'
export { Gcra, type GcraOptions } from './limit/gcra.ts'
export * from './limit/keyed-gcra.ts'
export * from './limit/rejection.ts'
export * from './limit/service-breaker.ts'

// global: what many processes have together
export type * from './global/grant.ts'
export { amongAtLeast, LOCAL_PART, type EngineLost } from './global/engine-lost.ts'
export { SlotBook } from './global/slot-book.ts'
export { SLOT_LEASE_DEFAULTS, SlotLease, type SlotDemand, type SlotLeaseOptions, type SlotLeaseSnapshot } from './global/slot-lease.ts'
export { GrantBook } from './global/grant-book.ts'
export type { LeaseSizes } from './global/lease-sizes.ts'
export { LEASE_DEFAULTS, type LeaseShare, type LeaseSnapshot, type LeaseTableOptions } from './global/lease-options.ts'
export { LeaseTable } from './global/lease-table.ts'

// admit: which request a server takes
export { Admission, type AdmitOutcome } from './admit/admission.ts'
export { ADMISSION_DEFAULTS, type AdmissionOptions } from './admit/options.ts'
export type { AdmissionEvent, AdmissionSnapshot, AdmitWhy, Turned } from './admit/report.ts'

// deadline: how much time is left, and what the headers of others say
export * from './deadline/attempt-count.ts'
export * from './deadline/attempt-mark.ts'
export * from './deadline/criticality.ts'
export * from './deadline/deadline.ts'
export * from './deadline/grpc-timeout.ts'
export type { HeaderValue } from './deadline/header-value.ts'
export * from './deadline/http-date.ts'
export * from './deadline/rate-limit-header.ts'
export * from './deadline/remaining-time.ts'
export * from './deadline/retry-after.ts'
export * from './deadline/retry-pushback.ts'
export * from './deadline/timeout-ms.ts'
export * from './deadline/wall-deadline.ts'

// load: what a server says of its own load
export { decodeLoadReport, encodeLoadReport } from './load/bin.ts'
export * from './load/in-flight.ts'
export * from './load/load-report-header.ts'
export { LOAD_REPORT_BIN_HEADER, LOAD_REPORT_HEADER, type LoadReport, LONGEST_REPORT, type Metrics, MOST_METRICS, isWritableName } from './load/report.ts'
export { weightOf } from './load/weight.ts'
