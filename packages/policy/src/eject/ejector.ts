import type { Endpoint } from '../balance/endpoint.ts'
import type { EndpointPool } from '../balance/endpoint-pool.ts'
import type { PickRequest } from '../balance/pick-request.ts'
import type { ClusterListener, SuppressedWhy } from '../cluster/events.ts'
import { FailureWindow } from '../estimate/failure-window.ts'
import type { CodeVerdict } from '../reweight/options.ts'
import type { Instant, Millis, Random } from '../types.ts'
import { Availability } from './availability.ts'
import { isCapped } from './cap.ts'
import { completedLately, countCompleted } from './completed.ts'
import { ejectionLength, forgive, jittered, mostTimes } from './ejection-time.ts'
import { isLevelDown } from './level-down.ts'
import { fleetOf, othersTakeAll } from './levels.ts'
import { EJECT_DEFAULTS, type EjectOptions } from './options.ts'
import { Outs } from './outs.ts'
import { isSharedFailure } from './shared-failure.ts'
import { startSlowly } from './slow-start.ts'
import { belowMean } from './success-rate.ts'
import { type EjectedWhy, type SlowStart, Trial } from './trial.ts'

/** How long to wait with the next probe when the last one said nothing; how often the σ rule looks; how often a suppression is told. */
const A_SECOND: Millis = 1_000

/** In a fleet of fewer endpoints whoever is taken out leaves half of his share to each of the others, or all of it. */
const FEW = 4
/** Share of tries that fail of an endpoint that a small fleet does without. */
const USELESS = 0.8

/**
 * Takes endpoints out that fail, and brings them back through one probe and a ramp. Never everybody: a cap, the last one
 * stays, and below half available nobody counts as out. Lazy: it looks at the clock when it is asked.
 */
export class Ejector<T> {
  readonly availability: Availability<T> = new Availability<T>()
  readonly #pool: EndpointPool<T>
  readonly #random: Random
  readonly #notify: ClusterListener<T> | undefined
  readonly #outs = new Outs<T>()
  #enabled = true
  #options: Required<EjectOptions> = EJECT_DEFAULTS
  /** Every endpoint's tries, to tell a broken host from a broken operation. */
  #all = new FailureWindow(EJECT_DEFAULTS.window)
  /** Which window it is, for the endpoints that only count; and when the next one begins. */
  #epoch = -1
  #epochEnd: Instant = -Infinity
  #poolVersion = -1
  #compareAt: Instant = -Infinity
  readonly #slowStart: SlowStart = { window: 0, exponent: 1 }

  constructor(pool: EndpointPool<T>, random: Random, notify: ClusterListener<T> | undefined) {
    this.#pool = pool
    this.#random = random
    this.#notify = notify
  }

  get options(): Required<EjectOptions> {
    return this.#options
  }

  configure(options: EjectOptions | false, { slowStart, aggression }: { readonly slowStart: Millis; readonly aggression: number }): void {
    this.#slowStart.window = slowStart
    this.#slowStart.exponent = 1 / aggression
    const before = this.#options.window
    this.#enabled = options !== false
    this.#options = { ...EJECT_DEFAULTS, ...(options === false ? {} : options) }
    if (this.#options.window !== before) this.#forgetWindows()
    if (!this.#enabled) for (const endpoint of this.#outs.endpoints) this.#letIn(endpoint, endpoint.trial!)
    this.#outs.changed = true
  }

  /** The membership has changed. Who is new among older ones starts slowly, by the same ramp as who is back. */
  join(added: readonly Endpoint<T>[], now: Instant): void {
    if (this.#slowStart.window > 0) startSlowly(added, this.#pool.members, (endpoint) => this.trialOf(endpoint, now), now)
  }

  /** Brings everything that depends on time or membership up to date. A few comparisons when nothing has changed. */
  advance(now: Instant): void {
    if (this.#poolVersion !== this.#pool.version) this.#membershipChanged(now)
    this.#outs.advance(now)
    if (this.#outs.changed) this.#rebuild()
  }

  /** The endpoint that this try should probe, if one waits for it. */
  due(request: PickRequest<T>, now: Instant): Endpoint<T> | undefined {
    return this.#outs.due(request, this.#options.baseTime, now)
  }

  /** Called for each try that goes to an endpoint that is out. Answers whether it is the one that decides about it. */
  launched(endpoint: Endpoint<T>, trial: Trial): boolean {
    if (trial.state !== 'due') return false
    trial.state = 'probing'
    this.#outs.probing(endpoint)
    this.#notify?.({ type: 'probe', endpoint })
    return true
  }

  succeeded(endpoint: Endpoint<T>, now: Instant): void {
    this.neutral(endpoint, now)
    const { trial } = endpoint
    if (trial === undefined) return
    trial.consecutive = 0
    if (trial.state === 'ramp' && trial.share(now, this.#options.ramp) === 1) trial.enter('in', now)
  }

  /** A completed try that was not a failure, and proves no health either: overload. */
  neutral(endpoint: Endpoint<T>, now: Instant): void {
    this.#all.add(false, now)
    if (now >= this.#epochEnd) this.#turn(now)
    if (endpoint.trial === undefined) countCompleted(endpoint, this.#epoch)
    else endpoint.trial.window.add(false, now)
  }

  /** `unsent`: the request did not reach it. */
  failed(endpoint: Endpoint<T>, verdict: CodeVerdict, overload: boolean, now: Instant, unsent = false): void {
    const trial = this.trialOf(endpoint, now)
    this.#all.add(true, now)
    trial.window.add(true, now)
    if (trial.isOut) return
    if (!overload) trial.consecutive += 1
    if (!unsent && verdict.ejectAfter === undefined && this.#isNeeded(endpoint, trial, now)) return
    const threshold = Math.min(this.#options.consecutive, verdict.ejectAfter ?? Infinity)
    if (!overload && trial.consecutive >= threshold) this.#consider(endpoint, trial, 'consecutive', now)
    else if (this.#failsTooOften(trial, now)) this.#consider(endpoint, trial, 'failure-rate', now)
    else this.#compareSuccessRates(now)
  }

  /**
   * The others of a fleet of two or three cannot be expected to take its share, so one that still answers every few tries
   * stays: it costs what its failures make it cost, and gets what the others have no room for. One that cannot be
   * reached, or as good as never answers, is of no use to anybody. Where priorities differ its
   * fleet is its own priority: while one of three is out those that stand by get a fifteenth, and no more. When all of
   * it fails they get everything, and nobody of it is needed.
   */
  #isNeeded(endpoint: Endpoint<T>, trial: Trial, now: Instant): boolean {
    const { window } = trial
    if (window.failures(now) >= USELESS * window.tries(now)) return false
    if (this.#outs.changed) this.#rebuild()
    const { readyLevels } = this.availability
    return fleetOf(endpoint.priority, this.#pool.members.length, readyLevels) < FEW && !this.#failsOver(endpoint, trial, now)
  }

  probeSucceeded(endpoint: Endpoint<T>, now: Instant): void {
    const { trial } = endpoint
    if (trial?.state !== 'probing') return
    const outFor = now - trial.since
    this.#outs.release(endpoint)
    trial.comeBack(now)
    // The ramp takes over: what was learnt while it was broken would keep it from its share for another minute.
    endpoint.severity?.forget()
    endpoint.forgetPeak()
    this.#notify?.({ type: 'returned', endpoint, outFor })
  }

  probeFailed(endpoint: Endpoint<T>, now: Instant): void {
    const { trial } = endpoint
    if (trial?.state === 'probing') this.#eject(endpoint, trial, 'probe', now)
  }

  /** Nobody knows what the probe would have said: another one, soon. */
  probeLost(endpoint: Endpoint<T>, now: Instant): void {
    const { trial } = endpoint
    if (trial?.state !== 'probing') return
    trial.state = 'ejected'
    trial.until = now + A_SECOND
    this.#outs.wakeAt(trial.until)
  }

  keepOff(endpoint: Endpoint<T>, length: Millis, now: Instant): void {
    if (!this.#enabled || !endpoint.member) return
    const trial = this.trialOf(endpoint, now)
    const until = now + length
    if (trial.isOut || until <= trial.keptOffUntil) return
    const why = this.#whyNot(endpoint)
    if (why !== undefined) return this.#suppress(endpoint, trial, why, 'kept-off', now)
    trial.keptOffUntil = until
    this.#outs.add(endpoint, until)
    this.#notify?.({ type: 'kept-off', endpoint, until })
  }

  setUnreachable(endpoint: Endpoint<T>, unreachable: boolean): void {
    endpoint.unreachable = unreachable
    this.#outs.reachable(endpoint)
  }

  trialOf(endpoint: Endpoint<T>, now: Instant): Trial {
    if (endpoint.trial !== undefined) return endpoint.trial
    const trial = new Trial(this.#options.window, now, this.#slowStart)
    trial.window.seed(completedLately(endpoint, this.#options.window, now), now)
    endpoint.trial = trial
    return trial
  }

  #failsTooOften(trial: Trial, now: Instant): boolean {
    const tries = trial.window.tries(now)
    return tries >= this.#options.minRequests && trial.window.failures(now) >= this.#options.failureRate * tries
  }

  #compareSuccessRates(now: Instant): void {
    if (now < this.#compareAt) return
    this.#compareAt = now + A_SECOND
    for (const endpoint of belowMean(this.#pool.members, this.#options, now)) {
      this.#consider(endpoint, endpoint.trial!, 'success-rate', now)
    }
  }

  #consider(endpoint: Endpoint<T>, trial: Trial, why: EjectedWhy, now: Instant): void {
    if (!this.#enabled || !endpoint.member) return
    const failover = this.#failsOver(endpoint, trial, now)
    const shared = !failover && isSharedFailure(trial.window, this.#all, this.#options.minRequests, now)
    const whyNot = this.#whyNot(endpoint, failover) ?? (shared ? 'shared-failure' : undefined)
    if (whyNot !== undefined) return this.#suppress(endpoint, trial, whyNot, why, now)
    forgive(trial, now, this.#options.baseTime, this.#options.maxTime)
    this.#eject(endpoint, trial, why, now)
  }

  /** What stands against taking one more out. */
  #whyNot(endpoint: Endpoint<T>, failover = false): SuppressedWhy | undefined {
    if (this.#outs.endpoints.has(endpoint)) return undefined
    if (this.#outs.changed) this.#rebuild()
    const others = this.availability.count - (endpoint.unreachable ? 0 : 1)
    if (others < 1) return 'last'
    const { readyLevels, panic } = this.availability
    if (!failover && isCapped(endpoint, this.#outs.endpoints, this.#pool.members.length, readyLevels, this.#options.maxShare)) return 'cap'
    return panic ? 'panic' : undefined
  }

  /**
   * Whether a whole priority fails that others stand by for and can take all of: it may lose all it has. Elsewhere
   * endpoints that fail alike are left in, since an operation is broken, and never more than the cap are out.
   */
  #failsOver({ priority }: Endpoint<T>, { window }: Trial, now: Instant): boolean {
    if (this.#outs.changed) this.#rebuild()
    const { readyLevels } = this.availability
    if (readyLevels === undefined || !othersTakeAll(readyLevels, priority)) return false
    return isLevelDown(this.#pool.members, priority, window.span(this.#options.minRequests, now), this.#options.window, now)
  }

  #eject(endpoint: Endpoint<T>, trial: Trial, why: EjectedWhy, now: Instant): void {
    const { baseTime, maxTime } = this.#options
    const { consecutive } = trial
    const tries = trial.window.tries(now)
    const failures = trial.window.failures(now)
    trial.times = Math.min(trial.times + 1, mostTimes(baseTime, maxTime))
    trial.length = ejectionLength(trial.times, baseTime, maxTime)
    trial.goOut(why, now, now + jittered(trial.length, this.#random.next()))
    this.#outs.add(endpoint, trial.until)
    const { until, length, ejections } = trial
    this.#notify?.({ type: 'ejected', endpoint, why, until, length, ejections, tries, failures, consecutive })
  }

  #suppress(endpoint: Endpoint<T>, trial: Trial, why: SuppressedWhy, would: EjectedWhy | 'kept-off', now: Instant): void {
    if (this.#notify === undefined || now - trial.suppressedAt < A_SECOND) return
    trial.suppressedAt = now
    this.#notify({ type: 'ejection-suppressed', endpoint, why, would })
  }

  #letIn(endpoint: Endpoint<T>, trial: Trial): void {
    this.#outs.release(endpoint)
    trial.state = 'in'
    trial.keptOffUntil = -Infinity
  }

  #membershipChanged(now: Instant): void {
    this.#poolVersion = this.#pool.version
    for (const endpoint of this.#outs.endpoints) if (!endpoint.member) this.#outs.release(endpoint)
    this.#outs.changed = true
    for (const endpoint of this.#pool.members) {
      if (endpoint.trial?.isOut === true && !this.#outs.endpoints.has(endpoint)) this.#resume(endpoint, endpoint.trial, now)
    }
  }

  /** Back in the membership within its time out: out again if that is still allowed, else as if returned. */
  #resume(endpoint: Endpoint<T>, trial: Trial, now: Instant): void {
    if (!this.#enabled || this.#whyNot(endpoint) !== undefined) return trial.comeBack(now)
    trial.state = 'ejected'
    this.#outs.add(endpoint, trial.until)
  }

  #turn(now: Instant): void {
    this.#epoch = Math.floor(now / this.#options.window)
    this.#epochEnd = (this.#epoch + 1) * this.#options.window
  }

  #rebuild(): void {
    this.#outs.changed = false
    const { panic } = this.availability
    const { members } = this.#pool
    this.availability.rebuild(members, this.#outs.endpoints, this.#options.panicBelow)
    if (panic === this.availability.panic) return
    this.#notify?.({ type: 'panic', on: !panic, available: this.availability.count, members: members.length })
  }

  #forgetWindows(): void {
    this.#all = new FailureWindow(this.#options.window)
    this.#epochEnd = -Infinity
    for (const { trial } of this.#pool.members) trial?.resize(this.#options.window)
  }
}
