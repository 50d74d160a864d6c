export type * from './types.ts'

// attempt/
export * from './attempt/attempts.ts'
export * from './attempt/backoff.ts'
export * from './attempt/backup-delay.ts'
export * from './attempt/budget.ts'
export * from './attempt/options.ts'
export * from './attempt/plan.ts'
export * from './attempt/storm.ts'

// limit/
export * from './limit/drop.ts'
export { Gcra, type GcraOptions } from './limit/gcra.ts'
export * from './limit/keyed-gcra.ts'

// deadline/
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
