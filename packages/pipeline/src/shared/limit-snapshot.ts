import type { Millis } from '@inmesh/policy'
import type { EngineState } from '../engine.ts'

/** A rate limit at this moment, as plain data. */
export interface LimitSnapshot {
  /** `process` also where `global` was asked for and there is no engine: `shared` is absent then. */
  readonly scope: 'process' | 'global'
  readonly rate: number
  readonly per: Millis
  readonly burst: number
  /** Keys kept. */
  readonly keys: number
  readonly shared?: SharedRateSnapshot
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
