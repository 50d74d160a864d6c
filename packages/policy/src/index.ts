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
