import type { Endpoint } from '../balance/endpoint.ts'
import type { EndpointPool } from '../balance/endpoint-pool.ts'
import type { PickRequest } from '../balance/pick-request.ts'
import type { ClusterListener, SuppressedWhy } from '../cluster/events.ts'
import { FailureWindow } from '../estimate/failure-window.ts'
import type { CodeVerdict } from '../reweight/options.ts'
import type { Instant, Millis, Random } from '../types.ts'
import { Availability } from './availability.ts'
import { completedLately, countCompleted } from './completed.ts'
import { ejectionLength, forgive, jittered } from './ejection-time.ts'
import type { EjectOptions } from './options.ts'
import { isSharedFailure } from './shared-failure.ts'
import { belowMean } from './success-rate.ts'
import { type EjectedWhy, Trial } from './trial.ts'

/** How long to wait with the next probe when the last one said nothing; how often the σ rule looks; how often a suppression is told. */
const A_SECOND: Millis = 1_000

export interface EjectorParts<T> {
  readonly pool: EndpointPool<T>
  readonly random: Random
  readonly options: EjectOptions | false
  readonly defaults: Required<EjectOptions>
  readonly notify: ClusterListener<T> | undefined
}

/**
 * Takes endpoints out that fail, and brings them back through one probe and a ramp. Never everybody: a cap, the last one
 * stays, and below half available nobody counts as out. Lazy: it has no timers, it looks at the clock when it is asked.
 */
export class Ejector<T> {
  readonly availability: Availability<T> = new Availability<T>()
  #enabled: boolean
  #options: Required<EjectOptions>
  readonly #parts: EjectorParts<T>
  readonly #notify: ClusterListener<T> | undefined
  /** Every endpoint's tries, to tell a broken host from a broken operation. */
  #all: FailureWindow
  /** Ejected, waiting for a probe, being probed, or kept off. */
  readonly #out = new Set<Endpoint<T>>()
  readonly #due = new Set<Endpoint<T>>()
  #poolVersion = -1
  #changed = true
  #nextAt: Instant = Infinity
  #sigmaAt: Instant = -Infinity

  constructor(parts: EjectorParts<T>) {
    this.#parts = parts
    this.#notify = parts.notify
    this.#enabled = parts.options !== false
    this.#options = { ...parts.defaults, ...(parts.options === false ? {} : parts.options) }
    this.#all = new FailureWindow(this.#options.window)
  }

  get options(): Required<EjectOptions> {
    return this.#options
  }

  configure(options: EjectOptions | false): void {
    const before = this.#options.window
    this.#enabled = options !== false
    this.#options = { ...this.#parts.defaults, ...(options === false ? {} : options) }
    if (this.#options.window !== before) this.#forgetWindows()
    if (!this.#enabled) for (const endpoint of this.#out) this.#letIn(endpoint)
    this.#changed = true
  }

  /** Brings everything that depends on time or membership up to date. Two comparisons when nothing has changed. */
  advance(now: Instant): void {
    if (this.#poolVersion !== this.#parts.pool.version) this.#membershipChanged(now)
    if (now >= this.#nextAt) this.#expire(now)
    if (this.#changed) this.#rebuild()
  }

  /** The endpoint that this try should probe, if one waits for it. */
  due(request: PickRequest<T>, now: Instant): Endpoint<T> | undefined {
    if (this.#due.size === 0 || request.mustDiffer) return undefined
    for (const endpoint of this.#due) {
      if (request.visited.has(endpoint)) continue
      if (request.mayExplore || now >= endpoint.trial!.until + this.#options.baseTime) return endpoint
    }
    return undefined
  }

  /** Called for each try that goes out. Answers whether it is the one that decides about the endpoint. */
  launched(endpoint: Endpoint<T>): boolean {
    const trial = endpoint.trial
    if (trial === undefined || trial.state !== 'due') return false
    trial.state = 'probing'
    this.#due.delete(endpoint)
    this.#notify?.({ type: 'probe', endpoint })
    return true
  }

  succeeded(endpoint: Endpoint<T>, now: Instant): void {
    this.#all.add(false, now)
    const trial = endpoint.trial
    if (trial === undefined) return countCompleted(endpoint, this.#options.window, now)
    trial.window.add(false, now)
    trial.consecutive = 0
    if (trial.state === 'ramp' && now - trial.since >= this.#options.ramp) this.#settleIn(trial, now)
  }

  /** Overload: a completed try, neither good nor bad. */
  neutral(endpoint: Endpoint<T>, now: Instant): void {
    this.#all.add(false, now)
    if (endpoint.trial === undefined) countCompleted(endpoint, this.#options.window, now)
    else endpoint.trial.window.add(false, now)
  }

  failed(endpoint: Endpoint<T>, verdict: CodeVerdict, overload: boolean, now: Instant): void {
    const trial = this.trialOf(endpoint, now)
    this.#all.add(true, now)
    trial.window.add(true, now)
    if (trial.isOut) return
    if (!overload) trial.consecutive += 1
    const threshold = Math.min(this.#options.consecutive, verdict.ejectAfter ?? Infinity)
    if (!overload && trial.consecutive >= threshold) this.#consider(endpoint, trial, 'consecutive', now)
    else if (this.#failsTooOften(trial, now)) this.#consider(endpoint, trial, 'failure-rate', now)
    else this.#compareSuccessRates(now)
  }

  probeSucceeded(endpoint: Endpoint<T>, now: Instant): void {
    const trial = endpoint.trial
    if (trial?.state !== 'probing') return
    this.#release(endpoint)
    const outFor = now - trial.since
    trial.state = 'ramp'
    trial.since = now
    trial.returnedAt = now
    trial.keptOffUntil = -Infinity
    trial.consecutive = 0
    trial.window.clear()
    // The ramp takes over: what was learnt while it was broken would keep it from its share for another minute.
    endpoint.severity?.forget()
    endpoint.forgetPeak()
    this.#notify?.({ type: 'returned', endpoint, outFor })
  }

  probeFailed(endpoint: Endpoint<T>, now: Instant): void {
    const trial = endpoint.trial
    if (trial?.state === 'probing') this.#eject(endpoint, trial, 'probe', now)
  }

  /** Nobody knows what the probe would have said: another one, soon. */
  probeLost(endpoint: Endpoint<T>, now: Instant): void {
    const trial = endpoint.trial
    if (trial?.state !== 'probing') return
    trial.state = 'ejected'
    trial.until = now + A_SECOND
    this.#nextAt = Math.min(this.#nextAt, trial.until)
  }

  keepOff(endpoint: Endpoint<T>, length: Millis, now: Instant): void {
    if (!this.#enabled || !endpoint.member) return
    const trial = this.trialOf(endpoint, now)
    if (trial.isOut || now + length <= trial.keptOffUntil) return
    const why = this.#whyNot(endpoint)
    if (why !== undefined) return this.#suppress(endpoint, trial, why, 'kept-off', now)
    trial.keptOffUntil = now + length
    this.#takeOut(endpoint, trial.keptOffUntil)
    this.#notify?.({ type: 'kept-off', endpoint, until: trial.keptOffUntil })
  }

  setUnreachable(endpoint: Endpoint<T>, unreachable: boolean): void {
    if (endpoint.unreachable === unreachable) return
    endpoint.unreachable = unreachable
    if (unreachable) this.#due.delete(endpoint)
    else if (endpoint.trial?.state === 'due') this.#due.add(endpoint)
    this.#changed = true
  }

  trialOf(endpoint: Endpoint<T>, now: Instant): Trial {
    if (endpoint.trial !== undefined) return endpoint.trial
    const trial = new Trial(this.#options.window, now)
    trial.window.seed(completedLately(endpoint, this.#options.window, now), now)
    endpoint.trial = trial
    return trial
  }

  #failsTooOften(trial: Trial, now: Instant): boolean {
    const tries = trial.window.tries(now)
    return tries >= this.#options.minRequests && trial.window.failures(now) >= this.#options.failureRate * tries
  }

  #compareSuccessRates(now: Instant): void {
    if (now < this.#sigmaAt) return
    this.#sigmaAt = now + A_SECOND
    for (const endpoint of belowMean(this.#parts.pool.members, this.#options, now)) {
      this.#consider(endpoint, endpoint.trial!, 'success-rate', now)
    }
  }

  #consider(endpoint: Endpoint<T>, trial: Trial, why: EjectedWhy, now: Instant): void {
    if (!this.#enabled || !endpoint.member) return
    const whyNot = this.#whyNot(endpoint) ??
      (isSharedFailure(trial.window, this.#all, this.#options.minRequests, now) ? 'shared-failure' : undefined)
    if (whyNot !== undefined) return this.#suppress(endpoint, trial, whyNot, why, now)
    forgive(trial, now, this.#options.baseTime, this.#options.maxTime)
    this.#eject(endpoint, trial, why, now)
  }

  /** What stands against taking one more out. */
  #whyNot(endpoint: Endpoint<T>): SuppressedWhy | undefined {
    if (this.#out.has(endpoint)) return undefined
    if (this.#changed) this.#rebuild()
    const others = this.availability.count - (endpoint.unreachable ? 0 : 1)
    if (others < 1) return 'last'
    const most = Math.max(1, Math.floor(this.#options.maxShare * this.#parts.pool.members.length))
    if (this.#out.size >= most) return 'cap'
    return this.availability.panic ? 'panic' : undefined
  }

  #eject(endpoint: Endpoint<T>, trial: Trial, why: EjectedWhy, now: Instant): void {
    const { baseTime, maxTime } = this.#options
    const { consecutive } = trial
    const tries = trial.window.tries(now)
    const failures = trial.window.failures(now)
    trial.length = ejectionLength(++trial.times, baseTime, maxTime)
    // Past the longest ejection a higher count would only make forgiving slower.
    if (trial.length >= maxTime) trial.times = Math.ceil(Math.log2(Math.max(1, maxTime / baseTime))) + 1
    trial.until = now + jittered(trial.length, this.#parts.random.next())
    trial.ejections += 1
    trial.why = why
    trial.state = 'ejected'
    trial.since = now
    trial.consecutive = 0
    trial.window.clear()
    this.#takeOut(endpoint, trial.until)
    const { until, length, ejections } = trial
    this.#notify?.({ type: 'ejected', endpoint, why, until, length, ejections, tries, failures, consecutive })
  }

  #letIn(endpoint: Endpoint<T>): void {
    this.#release(endpoint)
    endpoint.trial!.state = 'in'
    endpoint.trial!.keptOffUntil = -Infinity
  }

  #settleIn(trial: Trial, now: Instant): void {
    trial.state = 'in'
    trial.since = now
  }

  #suppress(endpoint: Endpoint<T>, trial: Trial, why: SuppressedWhy, would: EjectedWhy | 'kept-off', now: Instant): void {
    if (this.#notify === undefined || now - trial.suppressedAt < A_SECOND) return
    trial.suppressedAt = now
    this.#notify({ type: 'ejection-suppressed', endpoint, why, would })
  }

  #takeOut(endpoint: Endpoint<T>, until: Instant): void {
    this.#out.add(endpoint)
    this.#nextAt = Math.min(this.#nextAt, until)
    this.#changed = true
  }

  #release(endpoint: Endpoint<T>): void {
    this.#out.delete(endpoint)
    this.#due.delete(endpoint)
    this.#changed = true
  }

  #expire(now: Instant): void {
    this.#nextAt = Infinity
    for (const endpoint of this.#out) {
      const trial = endpoint.trial!
      if (trial.state === 'ejected' && trial.until <= now) this.#makeDue(endpoint, trial)
      if (!trial.isOut && trial.keptOffUntil <= now) this.#release(endpoint)
      const at = trial.state === 'ejected' ? trial.until : trial.isOut ? Infinity : trial.keptOffUntil
      if (at > now) this.#nextAt = Math.min(this.#nextAt, at)
    }
  }

  #makeDue(endpoint: Endpoint<T>, trial: Trial): void {
    trial.state = 'due'
    if (!endpoint.unreachable) this.#due.add(endpoint)
  }

  #membershipChanged(now: Instant): void {
    this.#poolVersion = this.#parts.pool.version
    for (const endpoint of this.#out) if (!endpoint.member) this.#release(endpoint)
    for (const endpoint of this.#parts.pool.members) {
      if (endpoint.trial?.isOut === true && !this.#out.has(endpoint)) this.#resume(endpoint, endpoint.trial, now)
    }
    this.#changed = true
  }

  /** Back in the membership within its time out: out again if that is still allowed, else as if returned. */
  #resume(endpoint: Endpoint<T>, trial: Trial, now: Instant): void {
    this.#changed = true
    if (this.#whyNot(endpoint) === undefined) {
      trial.state = 'ejected'
      return this.#takeOut(endpoint, trial.until)
    }
    trial.state = 'ramp'
    trial.since = now
    trial.returnedAt = now
  }

  #rebuild(): void {
    this.#changed = false
    const { panic } = this.availability
    const { members } = this.#parts.pool
    this.availability.rebuild(members, this.#out, this.#options.panicBelow)
    if (panic === this.availability.panic) return
    this.#notify?.({ type: 'panic', on: !panic, available: this.availability.count, members: members.length })
  }

  #forgetWindows(): void {
    this.#all = new FailureWindow(this.#options.window)
    for (const { trial } of this.#parts.pool.members) trial?.resize(this.#options.window)
  }
}
