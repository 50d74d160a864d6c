import { Balancer } from '../balance/balancer.ts'
import { addBody, removeBody } from '../balance/bodies.ts'
import { Costs } from '../balance/costs.ts'
import { AGES, type Endpoint, HEAD_AT, PEAK, PICKED_AT } from '../balance/endpoint.ts'
import { EndpointPool } from '../balance/endpoint-pool.ts'
import { Guard, type GuardOptions } from '../balance/guard.ts'
import { Lease } from '../balance/lease.ts'
import type { BalanceOptions } from '../balance/options.ts'
import type { PickReasons } from '../balance/pick-reasons.ts'
import type { PickRequest } from '../balance/pick-request.ts'
import { Ejector } from '../eject/ejector.ts'
import type { EjectOptions } from '../eject/options.ts'
import { addAge, removeAge } from '../estimate/ages.ts'
import { Operations } from '../estimate/operations.ts'
import { addPeak, raisePeak } from '../estimate/peak-ewma.ts'
import type { ReweightOptions } from '../reweight/options.ts'
import { reportedOutcome } from '../reweight/reported.ts'
import type { Failure, Instant, Outcome, Random } from '../types.ts'
import { type BalanceSnapshot, balanceSnapshot } from './balance-snapshot.ts'
import type { ClusterListener } from './events.ts'
import { Judge } from './judge.ts'
import { type EndpointSnapshot, snapshot } from './snapshot.ts'

export interface ClusterPolicies {
  readonly balance?: BalanceOptions
  readonly reweight?: ReweightOptions
  /** `false`: nobody is ejected, and `Retry-After` keeps traffic off nobody. */
  readonly eject?: EjectOptions | false
  readonly guard?: GuardOptions
}

export interface ClusterOptions<T> extends ClusterPolicies {
  readonly random: Random
  readonly now: Instant
  readonly notify?: ClusterListener<T>
}

/**
 * Everything known about one service's endpoints, and the decisions drawn from it. Every try is a lease: `pick` opens it,
 * `head` tells how it was answered, `end` closes it. All three are O(1) in endpoints, where latency balances, and allocate
 * nothing but the lease.
 */
export class Cluster<T> {
  readonly pool: EndpointPool<T> = new EndpointPool<T>()
  readonly operations: Operations = new Operations()
  readonly #costs: Costs<T>
  readonly #balancer: Balancer<T>
  readonly #ejector: Ejector<T>
  readonly #judge: Judge<T>
  readonly #guard: Guard<T> = new Guard<T>()

  constructor(options: ClusterOptions<T>) {
    const { random, notify } = options
    this.#costs = new Costs<T>()
    this.#ejector = new Ejector<T>(this.pool, random, notify)
    this.#balancer = new Balancer<T>(this.#costs, random, this.#ejector.availability)
    this.#judge = new Judge<T>(this.#ejector, notify)
    this.pool.onUpdate = ({ added, removed }, now) => {
      this.#balancer.join(this.pool.members, removed)
      this.#ejector.join(added, now)
    }
    this.configure(options)
  }

  /** New policies over the same state; what is left out goes back to its default. */
  configure(policies: ClusterPolicies): void {
    this.#judge.configure(policies.reweight ?? {})
    this.#guard.configure(policies.guard ?? {})
    this.#balancer.configure(policies.balance ?? {}, this.pool.members)
    this.#ejector.configure(policies.eject ?? {}, this.#balancer.options)
    this.#costs.configure({
      decay: this.#balancer.options.decay,
      severityDecay: this.#judge.options.decay,
      severityWeight: this.#judge.options.weight,
      ramp: this.#ejector.options.ramp,
    })
  }

  /** Opens a try: marks the endpoint as visited and in use. `undefined`: there is none, none that differs, or none with room; `guarded` false: room does not matter. */
  pick(request: PickRequest<T>, now: Instant, guarded = true): Lease<T> | undefined {
    this.#advance(now)
    let endpoint = this.#choose(request, now)
    if (guarded && this.#guard.perEndpoint !== Infinity && endpoint !== undefined && this.#guard.isFull(endpoint, now)) endpoint = this.#withRoom(endpoint, request, now)
    return endpoint === undefined ? undefined : this.#open(endpoint, request, now)
  }

  /** Whether no endpoint that could be picked may have more in flight. */
  full(now: Instant): boolean {
    const { ready } = this.#ejector.availability
    return ready.length > 0 && ready.every((endpoint) => this.#guard.isFull(endpoint, now))
  }

  /** Whether an endpoint has more in flight than `guard` allows. */
  overfull(endpoint: Endpoint<T>, now: Instant): boolean {
    return endpoint.inFlight(now) > this.#guard.perEndpoint
  }

  /** What the whole policy would pick. Changes nothing but the sequence of random numbers. */
  preview(request: PickRequest<T>, now: Instant): Endpoint<T> | undefined {
    this.#advance(now)
    // Field by field: a request may be an object of a class whose getters a spread would lose.
    const { stats, visited, mayExplore, mustDiffer, affinity } = request
    const full = { stats, visited, mayExplore, mustDiffer, affinity, balanceOn: true, ejectOn: true }
    return this.#ejector.due(full, now) ?? this.#balancer.pick(this.#ejector.availability.ready, full, now, false)
  }

  /** Why the try that was picked last went where it did. Valid until the next pick. */
  reasons({ probe }: Lease<T>, { balanceOn, ejectOn }: Pick<PickRequest<T>, 'balanceOn' | 'ejectOn'>): PickReasons {
    const { ready, reachable } = this.#ejector.availability
    const by = probe ? 'probe' : this.#balancer.how(balanceOn)
    return { by, cost: this.#balancer.cost, median: this.#costs.median, among: (ejectOn ? ready : reachable).length, of: this.pool.members.length }
  }

  /** The head is known. `business`: the user's own code for this reply, looked up in `reweight.codes`. */
  head(lease: Lease<T>, outcome: Outcome, now: Instant, business?: string): void {
    if (lease.state !== 'awaiting') return
    this.#answer(lease, outcome, now, business)
    lease.state = 'body'
    lease.slot = addBody(lease.endpoint, now)
  }

  /** The tail, or the end of a try that never had a head. A failed tail after a good head counts as a failure. */
  end(lease: Lease<T>, outcome: Outcome, now: Instant, business?: string): void {
    if (lease.state === 'closed') return
    if (lease.state === 'awaiting') this.#answer(lease, outcome, now, business)
    else removeBody(lease.endpoint, lease.slot)
    lease.state = 'closed'
    if (!lease.good) return
    lease.good = false
    this.#judge.completed(lease, outcome, this.#judge.verdictOf(outcome, business), now)
  }

  /** A code, a status or a business code that was found out after the end by the user: one more completed try of that code. */
  report(lease: Lease<T>, code: string, now: Instant): void {
    const outcome = reportedOutcome(code)
    const business = outcome.kind === 'failure' ? outcome.business : undefined
    this.#judge.completed(lease, outcome, this.#judge.verdictOf(outcome, business), now)
  }

  /** Whether the try looks lost: nothing came from its endpoint since it began, or the endpoint is an outlier. */
  suspect(lease: Lease<T>, now: Instant): boolean {
    const { endpoint } = lease
    const silent = endpoint.slab.numbers[endpoint.at + HEAD_AT]! <= lease.start
    return silent || this.#costs.outlying(this.#costs.of(endpoint, now))
  }

  /** For health checks: not a verdict of the balancer's, so neither capped nor probed. Tried only when nobody is reachable. */
  setUnreachable(endpoint: Endpoint<T>, unreachable: boolean): void {
    this.#ejector.setUnreachable(endpoint, unreachable)
  }

  /**
   * What an endpoint's load reports say that it can take (ORCA: requests a second over utilisation), in any unit. Counts
   * under `weighted-round-robin`, as a factor of 0.1–10 on its weight by the median of all that report, for three minutes.
   */
  reportWeight(endpoint: Endpoint<T>, weight: number, now: Instant): void {
    if (this.#balancer.options.reports) this.#balancer.reported.report(endpoint, weight, now)
  }

  /**
   * What the reply to a try says that its endpoint has in flight, of all its callers; to be told before the try's head. Where
   * latency balances it makes the endpoint up to ten times dearer, or half as dear, by what is ordinary among endpoints, for
   * about a second.
   */
  reportInFlight({ endpoint, ours }: Lease<T>, inFlight: number, now: Instant): void {
    if (this.#balancer.options.reports) this.#costs.reported.report(endpoint, inFlight, Math.max(ours, endpoint.inFlight(now)), now)
  }

  /** Serialisable. */
  inspect(now: Instant): EndpointSnapshot[] {
    this.#advance(now)
    const ready = new Set(this.#ejector.availability.ready)
    return this.pool.members.map((endpoint) => snapshot(endpoint, this.pool, this.#costs, ready.has(endpoint) && !this.#guard.isFull(endpoint, now), now))
  }

  /** How it is balanced now, as plain data. */
  inspectBalance(now: Instant): BalanceSnapshot {
    this.#advance(now)
    return balanceSnapshot(this.#balancer.options, this.#ejector.availability)
  }

  #advance(now: Instant): void {
    this.#ejector.advance(now)
    this.#costs.refresh(this.#ejector.availability.inUse, now)
  }

  #choose(request: PickRequest<T>, now: Instant): Endpoint<T> | undefined {
    const { reachable, ready } = this.#ejector.availability
    if (!request.ejectOn) return this.#balancer.pick(reachable, request, now, true)
    const due = this.#ejector.due(request, now)
    if (due !== undefined) return this.#balancer.priced(due, now)
    // Who refused the connection a moment ago refuses it again; who is out may have come back. In a rolling restart of two
    // replicas the first is out still when the second goes down.
    const spent = request.unreached === true && ready.every((endpoint) => request.visited.has(endpoint))
    return this.#balancer.pick(spent ? reachable : ready, request, now, true)
  }

  #withRoom(full: Endpoint<T>, request: PickRequest<T>, now: Instant): Endpoint<T> | undefined {
    const { reachable, ready, reachableLevels, readyLevels } = this.#ejector.availability
    const pick = (again: PickRequest<T>): Endpoint<T> | undefined => this.#choose(again, now)
    // Who stands by is not for what is only busy, while anybody of a lower number has room.
    const level = (request.ejectOn ? readyLevels : reachableLevels)?.find(({ candidates }) => candidates.some((one) => !this.#guard.isFull(one, now)))
    const among = level?.candidates ?? (request.ejectOn ? ready : reachable)
    const endpoint = this.#guard.elsewhere(full, among, request, pick, now)
    return endpoint === undefined ? undefined : this.#balancer.priced(endpoint, now)
  }

  #open(endpoint: Endpoint<T>, request: PickRequest<T>, now: Instant): Lease<T> {
    const { trial } = endpoint
    const out = trial !== undefined && trial.isOut
    const outlying = out || this.#costs.outlying(this.#balancer.cost)
    const probe = out && this.#ejector.launched(endpoint, trial)
    const perMedian = 1 / request.stats.median(now)
    request.visited.add(endpoint)
    const { numbers } = endpoint.slab
    numbers[endpoint.at + PICKED_AT] = now
    addAge(numbers, endpoint.at + AGES, now, perMedian)
    endpoint.awaiting += 1
    const lease = new Lease(endpoint, request.stats, now, perMedian, outlying, probe)
    lease.ours = endpoint.inFlight(now)
    return lease
  }

  #answer(lease: Lease<T>, outcome: Outcome, now: Instant, business: string | undefined): void {
    const { endpoint } = lease
    const { numbers } = endpoint.slab
    removeAge(numbers, endpoint.at + AGES, lease.start, lease.perMedian, --endpoint.awaiting)
    if (outcome.kind === 'ignored') return this.#givenUp(lease, outcome.why === 'superseded', now)
    if (outcome.kind === 'success' || isReply(outcome)) numbers[endpoint.at + HEAD_AT] = now
    const verdict = this.#judge.verdictOf(outcome, business)
    // By its head, and before anything may set the try aside: a probe that nobody decides keeps its endpoint out for good.
    if (lease.probe) this.#judge.probed(endpoint, outcome, verdict, now)
    if (outcome.kind === 'failure' || verdict.severity > 0) this.#judge.completed(lease, outcome, verdict, now)
    else this.#learn(lease, now)
  }

  /** A good head. Its tail is still out: whether the try was a success is told then. */
  #learn(lease: Lease<T>, now: Instant): void {
    const { endpoint, stats } = lease
    const latency = now - lease.start
    this.pool.recordLatency(endpoint, stats.record(latency, now), now)
    lease.good = true
    if (this.#judge.isStale(lease)) return
    const sample = latency / stats.median(now)
    addPeak(endpoint.slab.numbers, endpoint.at + PEAK, sample, now, this.#costs.slowness, this.#costs.perDecay)
  }

  /** Its age is a lower bound of the latency that nobody waited for. */
  #givenUp(lease: Lease<T>, superseded: boolean, now: Instant): void {
    const { endpoint } = lease
    const age = (now - lease.start) * lease.perMedian
    if (!this.#judge.isStale(lease)) {
      raisePeak(endpoint.slab.numbers, endpoint.at + PEAK, age, now, this.#costs.slowness, this.#costs.perDecay)
    }
    if (!lease.probe) return
    // Slower than an ordinary try, and another one won: a hung endpoint must not be probed again at once.
    if (superseded && age >= 1) this.#ejector.probeFailed(endpoint, now)
    else this.#ejector.probeLost(endpoint, now)
  }
}

/** Whether the endpoint itself answered: a failure of the transport, or of our own patience, is no sign of life. */
function isReply(failure: Failure): boolean {
  return failure.status !== undefined || (failure.cause === undefined && failure.code !== 'DEADLINE_EXCEEDED')
}
