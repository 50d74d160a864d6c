import type { Failure, Instant, Outcome } from '@inmesh/policy'
import { OUTCOME } from '../../recording.ts'
import type { CallsAndTries, Tick } from '../../recording.ts'
import { quantile } from '../../stats/quantiles.ts'
import { nameOf } from '../outcomes.ts'
import { grown, trimmed } from './column.ts'

/** What became of each call of the load. Exact, one row for each. */
export class CallLog {
  rows = 0
  /** Calls that have begun and not ended. */
  pending = 0
  lastEnd: Instant
  readonly failures: Record<string, number> = {}
  private readonly epoch: Instant
  private dueAt = new Float64Array(1_024)
  private classOf = new Uint8Array(1_024)
  private latency = new Float64Array(1_024)
  private outcome = new Uint8Array(1_024)
  /** Latencies since the last tick, where somebody watches. */
  private recent: number[] | undefined = undefined
  private recentFailed = 0

  constructor(epoch: Instant, watched: boolean) {
    this.epoch = epoch
    this.lastEnd = epoch
    if (watched) this.recent = []
  }

  /** Answers the call's number. */
  begin(due: Instant, requestClass: number): number {
    const call = this.rows++
    if (call >= this.dueAt.length) this.grow()
    this.dueAt[call] = due - this.epoch
    this.classOf[call] = requestClass
    this.pending++
    return call
  }

  isMeasured(call: number): boolean {
    return (this.dueAt[call] as number) >= 0
  }

  end(call: number, outcome: Outcome, now: Instant): void {
    if (this.outcome[call] !== OUTCOME.unfinished) throw new Error(`call ${call} was answered twice`)
    this.pending--
    this.lastEnd = now
    const latency = now - this.epoch - (this.dueAt[call] as number)
    this.latency[call] = latency
    this.recent?.push(latency)
    if (outcome.kind === 'success') this.outcome[call] = OUTCOME.success
    else this.failed(call, outcome.kind === 'failure' ? nameOf(outcome satisfies Failure) : 'given up')
  }

  /** Calls that are open still have waited until now, and failed. */
  close(now: Instant): void {
    for (let call = 0; call < this.rows; call++) {
      if (this.outcome[call] !== OUTCOME.unfinished) continue
      this.latency[call] = now - this.epoch - (this.dueAt[call] as number)
      // What real runs leave as unfinished is so here too.
      this.count('no answer by the end')
    }
  }

  tick(now: Instant): Tick {
    const recent = this.recent ?? []
    const tick = {
      at: now - this.epoch,
      calls: recent.length,
      failed: this.recentFailed,
      p99: quantile(Float64Array.from(recent).sort(), 0.99)
    }
    this.recent = []
    this.recentFailed = 0
    return tick
  }

  result(): Omit<CallsAndTries, 'tries'> {
    const { rows, failures } = this
    return {
      dueAt: trimmed(this.dueAt, rows),
      classOf: trimmed(this.classOf, rows),
      latency: trimmed(this.latency, rows),
      outcome: trimmed(this.outcome, rows),
      // The load of a virtual world is always on time.
      lateness: new Float64Array(rows),
      failures
    }
  }

  private failed(call: number, name: string): void {
    this.outcome[call] = OUTCOME.failure
    this.count(name)
  }

  private count(name: string): void {
    this.recentFailed++
    this.failures[name] = (this.failures[name] ?? 0) + 1
  }

  private grow(): void {
    const { rows } = this
    this.dueAt = grown(this.dueAt, rows)
    this.classOf = grown(this.classOf, rows)
    this.latency = grown(this.latency, rows)
    this.outcome = grown(this.outcome, rows)
  }
}
