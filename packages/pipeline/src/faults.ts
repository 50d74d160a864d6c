import type { Clock } from './clock.ts'
import type { Observers } from './observers.ts'
import { loud } from './loud.ts'

const limit = 10
const window = 10_000

/**
 * Bugs inside policies and interceptors. Governance never makes a call fail that would have succeeded: a step that
 * throws is passed over for that call, and one that throws ten times in ten seconds is compiled out, loudly.
 */
export class Faults {
  private readonly recent = new Map<string, number[]>()
  private readonly out = new Set<string>()
  readonly clock: Clock
  private readonly service: string
  private readonly observers: Observers
  private readonly recompile: () => void

  constructor(service: string, clock: Clock, observers: Observers, recompile: () => void) {
    this.service = service
    this.clock = clock
    this.observers = observers
    this.recompile = recompile
  }

  record(interceptor: string, error: unknown): void {
    if (this.out.has(interceptor)) return
    const at = this.clock.now()
    const times = (this.recent.get(interceptor) ?? []).filter((time) => time > at - window)
    times.push(at)
    this.recent.set(interceptor, times)
    if (times.length === 1) loud(`${this.service}: "${interceptor}" threw and was passed over`, error)
    this.observers.emit({ type: 'interceptor-failed', service: this.service, at, interceptor, error })
    if (times.length < limit) return
    this.out.add(interceptor)
    loud(`${this.service}: "${interceptor}" threw ${limit} times within ${window / 1000} s and is compiled out until the policy changes`, error)
    this.observers.emit({ type: 'compiled-out', service: this.service, at, interceptor, faults: limit })
    this.recompile()
  }

  isOut(interceptor: string): boolean {
    return this.out.has(interceptor)
  }

  /** A changed policy is a new chance. */
  forgive(): void {
    this.recent.clear()
    this.out.clear()
  }
}
