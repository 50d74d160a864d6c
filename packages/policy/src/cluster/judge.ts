import type { Endpoint } from '../balance/endpoint.ts'
import type { Lease } from '../balance/lease.ts'
import type { Ejector } from '../eject/ejector.ts'
import { type CodeVerdict, LONGEST_KEEP_OFF, REWEIGHT_DEFAULTS, type ReweightOptions } from '../reweight/options.ts'
import { Severity } from '../reweight/severity.ts'
import { countsAsFailure, isOverload, Verdicts } from '../reweight/verdicts.ts'
import type { Failure, Instant, Millis, Outcome } from '../types.ts'
import type { ClusterListener } from './events.ts'

/** Draws the consequences of outcomes: what a try's code means for the severity, the ejection and the standing of its endpoint. */
export class Judge<T> {
  #options: Required<ReweightOptions> = REWEIGHT_DEFAULTS
  #verdicts = new Verdicts()
  readonly #ejector: Ejector<T>
  readonly #notify: ClusterListener<T> | undefined

  constructor(ejector: Ejector<T>, notify: ClusterListener<T> | undefined) {
    this.#ejector = ejector
    this.#notify = notify
  }

  get options(): Required<ReweightOptions> {
    return this.#options
  }

  configure(options: ReweightOptions): void {
    this.#options = { ...REWEIGHT_DEFAULTS, ...options }
    this.#verdicts = new Verdicts(this.#options.codes)
  }

  verdictOf(outcome: Outcome, business?: string): CodeVerdict {
    return this.#verdicts.of(outcome, business)
  }

  /** What began before its endpoint came back tells of the condition that it came back from; but for the probe that brought it back. */
  isStale(lease: Lease<T>): boolean {
    const { trial } = lease.endpoint
    return trial !== undefined && lease.start < trial.returnedAt && !lease.probe
  }

  /** A completed try of any code. */
  completed(lease: Lease<T>, outcome: Outcome, verdict: CodeVerdict, now: Instant): void {
    if (outcome.kind !== 'failure' && verdict.severity === 0) this.#reward(lease.endpoint, now)
    else this.#notGood(lease, outcome, verdict, now)
  }

  #notGood(lease: Lease<T>, outcome: Outcome, verdict: CodeVerdict, now: Instant): void {
    const { endpoint } = lease
    const failing = countsAsFailure(verdict)
    const cause = outcome.kind === 'failure' ? outcome.cause : undefined
    if (this.isStale(lease)) return
    if (failing && this.#ejector.trialOf(endpoint, now).isSameEvent(cause, now)) return
    const overload = isOverload(outcome)
    if (failing) this.#ejector.failed(endpoint, verdict, overload, now, outcome.kind === 'failure' && outcome.reach === 'unsent')
    else if (overload) this.#ejector.neutral(endpoint, now)
    else this.#ejector.succeeded(endpoint, now)
    this.#punish(endpoint, verdict.severity, now)
    this.#keepOff(endpoint, verdict, outcome, now)
  }

  /** The answer of the one try that decides whether an ejected endpoint comes back. */
  probed(endpoint: Endpoint<T>, outcome: Outcome, verdict: CodeVerdict, now: Instant): void {
    if (countsAsFailure(verdict)) this.#ejector.probeFailed(endpoint, now)
    else if (isOverload(outcome)) this.#ejector.probeLost(endpoint, now)
    else this.#ejector.probeSucceeded(endpoint, now)
  }

  #reward(endpoint: Endpoint<T>, now: Instant): void {
    this.#ejector.succeeded(endpoint, now)
    if (endpoint.severity !== undefined) this.#feed(endpoint, endpoint.severity, 0, now)
  }

  #punish(endpoint: Endpoint<T>, severity: number, now: Instant): void {
    if (severity > 0) endpoint.severity ??= new Severity()
    if (endpoint.severity !== undefined) this.#feed(endpoint, endpoint.severity, severity, now)
  }

  #feed(endpoint: Endpoint<T>, into: Severity, severity: number, now: Instant): void {
    const crossed = into.add(severity, now, this.#options.step, this.#options.decay)
    if (!crossed || this.#notify === undefined) return
    this.#notify({ type: 'severity-changed', endpoint, severity: into.read(now, this.#options.decay) })
  }

  #keepOff(endpoint: Endpoint<T>, verdict: CodeVerdict, outcome: Outcome, now: Instant): void {
    const hint = outcome.kind === 'failure' ? unavailableFor(outcome) : 0
    const length = Math.min(LONGEST_KEEP_OFF, Math.max(hint, verdict.keepOff ?? 0))
    if (length > 0) this.#ejector.keepOff(endpoint, length, now)
  }
}

/**
 * `Retry-After` of one that says it is unavailable. Of others it speaks of the call (a quota), not of the endpoint; and one
 * that says "do not retry" with it speaks of the whole service: whoever kept off it would overload the others the more.
 */
function unavailableFor(failure: Failure): Millis {
  if (failure.doNotRetry === true) return 0
  return failure.code === 'UNAVAILABLE' || failure.status === 503 ? (failure.retryAfter ?? 0) : 0
}
