import { Ages } from '../estimate/ages.ts'
import { ENDPOINT_BUCKETS } from '../estimate/log-buckets.ts'
import { PeakEwma } from '../estimate/peak-ewma.ts'
import { Percentiles } from '../estimate/percentiles.ts'
import type { Trial } from '../eject/trial.ts'
import type { Severity } from '../reweight/severity.ts'
import type { Instant, Millis } from '../types.ts'
import { Bodies } from './bodies.ts'

/** A weight of 0 would make every cost infinite and every comparison a tie: it means "as good as never" instead. */
const LEAST_WEIGHT = 1e-6

/**
 * One address of a service and all that was learnt about it. It outlives policies and short absences from the
 * membership. There may be ten thousand: what most never need (percentiles, severity, ejection) is allocated when first used.
 */
export class Endpoint<T> {
  /** Its address: what tells it from the others, also after it was away. */
  readonly key: string
  /** Whatever the adapter needs to reach it. */
  target: T
  weight: number
  /** Part of the membership now. */
  member = true
  /** Health-failed: set from outside, not a verdict of ours and so not capped. */
  unreachable = false

  /** @internal Slowness of answered tries, in medians of their operations. */
  readonly peak: PeakEwma = new PeakEwma()
  /** @internal Tries that await their head. */
  readonly ages: Ages = new Ages()
  /** @internal Tries whose head came. */
  readonly bodies: Bodies = new Bodies()
  /** @internal Absent until it first did something punishable. */
  severity: Severity | undefined = undefined
  /** @internal Absent until it first failed. */
  trial: Trial | undefined = undefined
  /** @internal Absent until it first succeeded. */
  latency: Percentiles | undefined = undefined
  /** @internal */
  pickedAt: Instant = -Infinity
  /** @internal The last sign of life, whatever it said. */
  headAt: Instant = -Infinity
  /** @internal Completed tries while `trial` is absent, in this and the previous window of that length. */
  epoch = -1
  /** @internal */
  completed = 0
  /** @internal */
  completedBefore = 0

  constructor(key: string, target: T, weight: number, now: Instant) {
    this.key = key
    this.target = target
    this.weight = Math.max(LEAST_WEIGHT, weight)
    this.pickedAt = now
  }

  /** Tries that await their head. */
  get awaiting(): number {
    return this.ages.count
  }

  /** Bodies older than a second, event streams, sockets: a gauge, no load. */
  get open(): number {
    return this.bodies.open
  }

  /** The load that counts: tries awaiting their head, and bodies younger than a second. */
  inFlight(now: Instant): number {
    return this.ages.count + this.bodies.young(now)
  }

  /** @internal */
  reconfigure(target: T, weight: number): void {
    this.target = target
    this.weight = Math.max(LEAST_WEIGHT, weight)
  }

  /** @internal */
  recordLatency(latency: Millis, now: Instant): void {
    this.latency ??= new Percentiles({ buckets: ENDPOINT_BUCKETS, counter: 16 })
    this.latency.insert(latency, now)
  }
}
