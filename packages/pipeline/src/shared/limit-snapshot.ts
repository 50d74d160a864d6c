import type { ConcurrencySnapshot, Millis } from '@inmesh/policy'
import type { EngineState } from '../engine.ts'

/** What counts for a rate limit under its present terms, at this moment, as plain data. */
export interface CountSnapshot {
  /** `process` also where `global` was asked for and there is no engine: `shared` is absent then. */
  readonly scope: 'process' | 'global'
  readonly rate: number
  readonly per: Millis
  readonly burst: number
  /** Keys kept. */
  readonly keys: number
  readonly shared?: SharedRateSnapshot
}

/** A rate limit at this moment, as plain data. */
export interface LimitSnapshot extends CountSnapshot {
  /** Calls that it has let through since there is one, whatever its terms were. */
  readonly admitted: number
}

/** What many processes have of one rate, as this one knows it; as plain data. */
export interface SharedRateSnapshot {
  /** What all processes call it. */
  readonly id: string
  readonly engine: string
  readonly state: EngineState
  /** Why it is lost, in words. */
  readonly why?: string
  readonly processes: number
  /** Of this process, 0–1. */
  readonly share: number
  /** Tokens are asked for so far ahead, in ms. */
  readonly refresh: Millis
  /** In any window W all processes together admit at most `rate · W` and so many. */
  readonly excess: number
  /** Tokens held now. */
  readonly held: number
  /** Asks sent, tokens granted, asks refused, tokens granted that were never used. */
  readonly asked: number
  readonly granted: number
  readonly refused: number
  readonly unused: number
  /** Calls admitted while the engine was lost, by what `engineLost` says. */
  readonly alone: number
}

/** A concurrency limit at this moment, as plain data. */
export interface ConcurrencyLimitSnapshot extends ConcurrencySnapshot {
  /** `process` also where `global` was asked for and there is no engine. */
  readonly scope: 'process' | 'global'
  /** Absent where the limit is this process's own. */
  readonly shared?: SharedSlotsSnapshot
}

/** What many processes have of one limit on calls in flight, as this one knows it; as plain data. */
export interface SharedSlotsSnapshot {
  /** What all processes call it. */
  readonly id: string
  readonly engine: string
  readonly state: EngineState
  /** Why it is lost, in words. */
  readonly why?: string
  /** For all processes together. */
  readonly max: number
  /** Granted to this process, for now; 0 without a lease, and then the limit is what `engineLost` says. */
  readonly leased: number
  /** What it asked for last. */
  readonly want: number
  /** What all processes had when it was answered last, and how many they were. */
  readonly taken: number
  readonly processes: number
}
