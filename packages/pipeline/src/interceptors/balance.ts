import type { Cluster, Endpoint, Instant, Lease, Outcome } from '@inmesh/policy'
import type { Attempt, Routed, Target, TryContext } from '../context.ts'
import { noEndpoint } from '../errors.ts'
import { refusal, SettledExchange, superseded, type Exchange } from '../exchange.ts'
import type { Interceptor } from '../interceptor.ts'
import type { Layer, LayerEnv } from '../layer.ts'
import { absent, enforcement, type Mode } from '../mode.ts'

export interface BalanceLayerOptions {
  /** How far latency-aware balancing, and how far ejection, may go. What they would do is round robin otherwise. */
  readonly modes?: { readonly balance?: Mode; readonly eject?: Mode }
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

function build(env: LayerEnv, { modes }: BalanceLayerOptions): Interceptor<Attempt, Routed> {
  const { cluster, service, observers, faults } = env
  if (cluster === undefined) throw new Error('balance needs a cluster: use it in a service, or leave it out of compose()')
  const balanceShare = enforcement(modes?.balance ?? 'on')
  const ejectShare = enforcement(modes?.eject ?? 'on')
  return {
    name: 'balance',
    call: (context, next, done) => {
      const attempt = context as TryContext
      const { call, start } = attempt
      attempt.balanceOn = call.dice < balanceShare
      attempt.ejectOn = call.dice < ejectShare
      let lease: Lease<Target> | undefined
      let endpoint: Endpoint<Target> | undefined
      try {
        const would = observers.active && !attempt.balanceOn && balanceShare !== absent ? cluster.preview(attempt, start) : undefined
        lease = cluster.pick(attempt, start)
        endpoint = lease?.endpoint
        if (would !== undefined && would !== endpoint) {
          observers.emit({ type: 'mode-differed', service, at: start, operation: call.operation, policy: 'balance', would: would.key })
        }
      } catch (error) {
        faults.record('balance', error)
        endpoint = anyone(cluster, attempt)
      }
      if (endpoint === undefined) return done(nowhere(env, cluster, attempt))
      const routed = attempt.route(endpoint, lease)
      if (observers.active) {
        const { cause, ordinal } = attempt
        observers.emit({ type: 'picked', service, at: start, operation: call.operation, endpoint: endpoint.key, cause, ordinal })
      }
      if (lease === undefined) return next(routed, done)
      const held = lease
      next(routed, (exchange) => {
        onHead(env, cluster, held, attempt, exchange.head, exchange.at)
        exchange.onTail((tail, now) => onTail(env, cluster, held, attempt, tail, now))
        done(exchange)
      })
    },
  }
}

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
  const { cause, ordinal, start } = attempt
  const { operation } = attempt.call
  observers.emit({ type: 'tried', service, at: now, operation, endpoint: lease.endpoint.key, cause, ordinal, outcome: tail, latency: now - start })
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
  const why = known === 0 ? 'none known' : attempt.mustDiffer ? 'every other one is used or unavailable' : 'none available'
  const error = noEndpoint({ service: env.service, operation: call.operation, known, why, tries: call.tries })
  return new SettledExchange(refusal('UNAVAILABLE', error), start)
}
