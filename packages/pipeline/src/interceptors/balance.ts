import type { Cluster, Endpoint, Instant, Lease, Outcome } from '@inmesh/policy'
import type { Attempt, Call, CallContext, Routed, Target, TryContext } from '../context.ts'
import { guardedEndpoints, noEndpoint, type InmeshError } from '../errors.ts'
import { refusal, SettledExchange, superseded, type Exchange } from '../exchange.ts'
import type { Done, Interceptor, Next } from '../interceptor.ts'
import type { Layer, LayerEnv } from '../layer.ts'
import { absent, enforcement, type Enforcement, type Mode } from '../mode.ts'
import { tellRefused } from './tell-refused.ts'

/** The key of a call, where its affinity is not given by the caller; undefined for none. */
export type AffinityKey = (call: Call) => string | undefined

export interface BalanceLayerOptions {
  /** How far latency-aware balancing, and how far ejection, may go. What they would do is round robin otherwise. */
  readonly modes?: { readonly balance?: Mode; readonly eject?: Mode; readonly guard?: Mode }
  /** Of what calls must agree to go to one endpoint. Default: their `affinity`. Asked once a call; one that throws is passed over. */
  readonly key?: AffinityKey
}

/**
 * Picks an endpoint afresh for every try and tells the cluster what became of it: at the head, and at the tail. Which
 * endpoints are available is a filter inside the pick.
 */
export function balance(options: BalanceLayerOptions = {}): Layer<'attempt', 'routed'> {
  return {
    name: 'balance',
    from: 'attempt',
    to: 'routed',
    why: 'inside attempts, so that every try is placed afresh and away from the endpoints already used',
    build: (env) => build(env, options),
  }
}

function build(env: LayerEnv, options: BalanceLayerOptions): Interceptor<Attempt, Routed> {
  const step = new Balance(env, options)
  return { name: 'balance', call: (context, next, done) => step.place(context as TryContext, next, done) }
}

class Balance {
  private readonly env: LayerEnv
  private readonly cluster: Cluster<Target>
  private readonly balanceShare: Enforcement
  private readonly ejectShare: Enforcement
  private readonly guardShare: Enforcement
  private readonly key: AffinityKey | undefined
  /** Its faults were too many: every call goes to the next endpoint in turn. */
  private readonly out: boolean

  constructor(env: LayerEnv, { modes, key }: BalanceLayerOptions) {
    if (env.cluster === undefined) throw new Error('balance needs a cluster: use it in a service, or leave it out of compose()')
    this.env = env
    this.cluster = env.cluster
    this.balanceShare = enforcement(modes?.balance)
    this.ejectShare = enforcement(modes?.eject)
    this.guardShare = enforcement(modes?.guard)
    this.key = this.balanceShare === absent || env.faults.isOut('balance.key') ? undefined : key
    this.out = env.faults.isOut('balance')
  }

  place<R>(attempt: TryContext, next: Next<Routed, R>, done: Done<R>): void {
    const { env, cluster } = this
    const lease = this.pick(attempt)
    const endpoint = lease === broken ? anyone(cluster, attempt) : lease?.endpoint
    if (endpoint === undefined) return done(nowhere(env, cluster, attempt))
    if (lease === undefined || lease === broken) return next(attempt.route(endpoint, undefined), done)
    next(attempt.route(endpoint, lease), (exchange) => {
      onHead(env, cluster, lease, attempt, exchange.head, exchange.at)
      exchange.onTail((tail, now) => onTail(env, cluster, lease, attempt, tail, now))
      done(exchange)
    })
  }

  private pick(attempt: TryContext): Lease<Target> | typeof broken | undefined {
    if (this.out) return broken
    if (this.key !== undefined && attempt.ordinal === 0) this.askKey(this.key, attempt.call)
    const { dice } = attempt.call
    attempt.balanceOn = dice < this.balanceShare
    attempt.ejectOn = dice < this.ejectShare
    try {
      return this.env.observers.active ? this.pickAndTell(attempt) : this.cluster.pick(attempt, attempt.start, dice < this.guardShare)
    } catch (error) {
      this.env.faults.record('balance', error)
      return broken
    }
  }

  /** Once: retries and backups must find the order that the first try found. */
  private askKey(key: AffinityKey, call: CallContext): void {
    try {
      const affinity: unknown = key(call)
      call.affinity = typeof affinity === 'string' ? affinity : undefined
    } catch (error) {
      this.env.faults.record('balance.key', error)
    }
  }

  private pickAndTell(attempt: TryContext): Lease<Target> | undefined {
    const { observers, service } = this.env
    const { start: at, cause, ordinal, call } = attempt
    const { operation } = call
    const observing = !attempt.balanceOn && this.balanceShare !== absent
    const would = observing ? this.cluster.preview(attempt, at) : undefined
    const guarded = call.dice < this.guardShare
    const lease = this.cluster.pick(attempt, at, guarded)
    if (lease === undefined) return undefined
    const { endpoint } = lease
    const remaining = call.deadline === Infinity ? undefined : call.deadline - at
    observers.emit({ type: 'picked', service, at, operation, endpoint: endpoint.key, cause, ordinal, remaining, ...this.cluster.reasons(lease, attempt) }, call)
    if (would !== undefined && would !== endpoint) observers.emit({ type: 'mode-differed', service, at, operation, policy: 'balance', would: would.key }, call)
    if (!attempt.ejectOn && this.ejectShare !== absent && endpoint.trial?.isOut === true) {
      observers.emit({ type: 'mode-differed', service, at, operation, policy: 'eject', would: `avoid ${endpoint.key}` }, call)
    }
    if (!guarded && this.guardShare !== absent && this.cluster.overfull(endpoint, at)) {
      observers.emit({ type: 'mode-differed', service, at, operation, policy: 'guard', would: `avoid ${endpoint.key}` }, call)
    }
    return lease
  }
}

/** Stands for a pick that threw, which is not one that found nobody. */
const broken = Symbol('the balancer failed')

function onHead(env: LayerEnv, cluster: Cluster<Target>, lease: Lease<Target>, attempt: TryContext, head: Outcome, at: Instant): void {
  try {
    cluster.head(lease, cutShort(attempt, head, at) ? superseded : head, at, businessOf(head))
  } catch (error) {
    env.faults.record('balance', error)
  }
}

function onTail(env: LayerEnv, cluster: Cluster<Target>, lease: Lease<Target>, attempt: TryContext, tail: Outcome, now: Instant): void {
  try {
    cluster.end(lease, cutShort(attempt, tail, now) ? superseded : tail, now, businessOf(tail))
  } catch (error) {
    env.faults.record('balance', error)
  }
  const { observers, service } = env
  if (!observers.active) return
  const { cause, ordinal, start, call } = attempt
  const { operation, onWire: wire } = call
  observers.emit({ type: 'tried', service, at: now, operation, endpoint: lease.endpoint.key, cause, ordinal, outcome: tail, latency: now - start, wire }, call)
}

/** A try that its call's deadline ended before it had the time of a usual one says nothing about its endpoint. */
function cutShort(attempt: TryContext, outcome: Outcome, now: Instant): boolean {
  if (outcome.kind !== 'failure' || attempt.call.cancelled?.why !== 'deadline' || outcome.code !== 'DEADLINE_EXCEEDED') return false
  return now - attempt.start < attempt.stats.median(now)
}

function businessOf(outcome: Outcome): string | undefined {
  return outcome.kind === 'ignored' ? undefined : outcome.business
}

/** The balancer itself has failed: the next one in turn, so that the call is made all the same. */
function anyone(cluster: Cluster<Target>, attempt: TryContext): Endpoint<Target> | undefined {
  const { members } = cluster.pool
  return members[Math.floor(attempt.call.dice * members.length + attempt.ordinal) % members.length]
}

function nowhere<R>(env: LayerEnv, cluster: Cluster<Target>, attempt: TryContext): Exchange<R> {
  const { call, start } = attempt
  const known = cluster.pool.members.length
  if (cluster.full(start)) return new SettledExchange(refusal('RESOURCE_EXHAUSTED', guarded(env, known, attempt)), start)
  const why = known === 0 ? 'none known' : attempt.mustDiffer ? 'every other one is used or unavailable' : 'none available'
  const error = noEndpoint({ service: env.service, operation: call.operation, known, why, tries: call.tries, cause: known === 0 ? env.lost : undefined })
  // Of an extra try the plan tells.
  if (attempt.ordinal === 0) tellRefused(env, call, why, error, start)
  return new SettledExchange(refusal('UNAVAILABLE', error), start)
}

/** Every endpoint has as much in flight as it may. Of a backup or a rescue that is one more try that is not sent. */
function guarded(env: LayerEnv, known: number, { call, start }: TryContext): InmeshError {
  const { operation, tries } = call
  const error = guardedEndpoints({ service: env.service, operation, known, tries })
  tellRefused(env, call, 'full', error, start)
  return error
}
