import type { Attempts, AttemptsSnapshot, BalanceSnapshot, EndpointSnapshot, Instant, ServiceBreaker, ServiceBreakerSnapshot } from '@inmesh/policy'
import type { ConcurrencyLimitSnapshot, ConcurrencyState, LimitSnapshot, Mode, RateState, ServiceState, Step } from '@inmesh/pipeline'
import type { HealthSnapshot, HttpService } from '@inmesh/http'

/** A service at this moment, as plain data that `JSON.stringify` takes. */
export interface ServiceSnapshot {
  readonly service: string
  /** The mode in force: the strictest of the kill switch, the mesh's and the service's own. */
  readonly mode: Mode
  readonly origins: readonly string[]
  readonly endpoints: readonly EndpointSnapshot[]
  /** How tries are balanced over them: by what, with which zone, and what each priority gets. */
  readonly balance: BalanceSnapshot
  readonly attempts: AttemptsSnapshot
  /** Absent while there is no breaker. */
  readonly breaker?: ServiceBreakerSnapshot
  /** Absent while there is no rate limit. */
  readonly limit?: LimitSnapshot
  /** Absent while there is no concurrency limit. */
  readonly concurrency?: ConcurrencyLimitSnapshot
  readonly operations: readonly { readonly name: string; readonly p50?: number; readonly p90?: number; readonly p99?: number; readonly samples: number }[]
  /** What the health checks say of each endpoint; absent where none are made. */
  readonly health?: readonly HealthSnapshot[]
  /** The compiled chain, outermost first. */
  readonly chain: readonly Step[]
  /** The policy in force, without its functions. */
  readonly policy: unknown
  /** What a reader should know that no number says. */
  readonly notes: readonly string[]
}

export interface MeshSnapshot {
  readonly mode: Mode
  readonly services: Readonly<Record<string, ServiceSnapshot>>
}

/** As much of it as telemetry asks for again and again. */
export function stateOf({ core }: HttpService, now: Instant): ServiceState {
  return { service: core.service, endpoints: core.cluster.inspect(now), panic: core.cluster.inspectBalance(now).panic, attempts: attemptsOf(core, now), ...limitsOf(core, now) }
}

export function inspectService(service: HttpService, origins: readonly string[], told: readonly string[], now: Instant): ServiceSnapshot {
  const { core } = service
  const { cluster } = core
  return {
    service: core.service,
    mode: core.mode,
    origins,
    endpoints: cluster.inspect(now),
    balance: cluster.inspectBalance(now),
    attempts: attemptsOf(core, now),
    ...limitsOf(core, now),
    operations: [cluster.operations.service, ...cluster.operations].map(({ name, latency }) => {
      const quantile = (q: number): number | undefined => latency.quantile(q, now)
      const [p50, p90, p99] = [quantile(0.5), quantile(0.9), quantile(0.99)]
      const samples = latency.count(now)
      return p50 === undefined || p90 === undefined || p99 === undefined ? { name, samples } : { name, p50, p90, p99, samples }
    }),
    ...healthOf(service),
    chain: core.describe(),
    policy: JSON.parse(JSON.stringify(core.policy)),
    notes: [...notes(cluster.pool.members.length, told), ...strangers(cluster, now), ...alone(core)],
  }
}

function attemptsOf(core: HttpService['core'], now: Instant): AttemptsSnapshot {
  return core.keep<Attempts>('attempts', () => { throw new Error('attempts is compiled into every service') }).inspect(now)
}

/** What the policies that refuse calls by what they have counted know at this moment. */
function limitsOf(core: HttpService['core'], now: Instant): Pick<ServiceSnapshot, 'breaker' | 'limit' | 'concurrency'> {
  const breaker = core.stateOf<ServiceBreaker>('breaker')?.inspect(now)
  const concurrency = core.stateOf<ConcurrencyState>('concurrency')?.inspect(now)
  const limit = core.stateOf<RateState>('limit')?.inspect(now)
  return { ...(breaker === undefined ? {} : { breaker }), ...(limit === undefined ? {} : { limit }), ...(concurrency === undefined ? {} : { concurrency }) }
}

/** Whoever reads that a limit is for all must not find out from the callee that it is one for each. */
function alone({ policy: { limit, concurrency }, engine }: HttpService['core']): readonly string[] {
  if (engine !== undefined) return []
  const notes: string[] = []
  if (limit !== undefined && limit !== false && limit.scope === 'global') notes.push('limit.scope is global and the mesh has no engine: each process admits the whole rate.')
  if (concurrency !== undefined && concurrency !== false && concurrency.scope === 'global') notes.push(`concurrency.scope is global and the mesh has no engine: each process may have ${concurrency.max} calls in flight.`)
  return notes
}

/** A zone that nobody else has is mostly a slip in its name, and prefers nobody. */
function strangers(cluster: HttpService['core']['cluster'], now: Instant): readonly string[] {
  const { localZone } = cluster.inspectBalance(now)
  const zones = new Set(cluster.pool.members.flatMap(({ zone }) => zone ?? []))
  if (localZone === undefined || zones.size === 0 || zones.has(localZone)) return []
  return [`No endpoint is in our own zone, ${localZone}: all that have a zone are remote alike (${[...zones].join(', ')}).`]
}

function healthOf({ health }: HttpService): Pick<ServiceSnapshot, 'health'> {
  const checks = health.inspect()
  return checks === undefined ? {} : { health: checks }
}

/** `told`: what discovery says itself, which says it better. */
function notes(known: number, told: readonly string[]): readonly string[] {
  if (known === 0) return ['No endpoint is known: every call is refused.', ...told]
  if (known > 1 || told.length > 0) return told
  return [
    'One address: there is nothing to balance, back up or eject. If it is the ClusterIP of a Kubernetes service, give the addresses behind it (a headless service, by dns()) instead.',
  ]
}
