import type { AnyLayer, Duration, Fallback, ServicePolicy } from '@inmesh/pipeline'
import type { Criticality } from '@inmesh/policy'
import type * as z from 'zod'
import { defined } from '../defined.ts'
import { codeOnly } from '../schema/code-only.ts'
import { choice, list } from '../schema/kinds.ts'
import { options } from '../schema/options.ts'
import { backup, resolveBackup, type BackupConfig } from './backup.ts'
import { balance, resolveBalance, type BalanceConfig, type Balancing } from './balance.ts'
import { breaker, resolveBreaker, type BreakerConfig } from './breaker.ts'
import { budget, resolveBudget, type BudgetConfig } from './budget.ts'
import { concurrency, resolveConcurrency, type ConcurrencyConfig } from './concurrency.ts'
import { drop, resolveDrop, type DropConfig } from './drop.ts'
import { eject, resolveEject, type EjectConfig } from './eject.ts'
import { fallback, resolveFallback, type FallbackConfig } from './fallback.ts'
import { health, type HealthConfig } from './health.ts'
import { guard, resolveGuard, type GuardConfig } from './guard.ts'
import { limit, resolveLimit, type LimitConfig } from './limit.ts'
import { modeOption, type Moded } from './mode.ts'
import { resolveRetry, retry, type RetryConfig } from './retry.ts'
import { rescue, resolveRescue, type RescueConfig } from './rescue.ts'
import { resolveReweight, reweight, type ReweightConfig } from './reweight.ts'
import { resolveTimeout, timeout, type TimeoutConfig } from './timeout.ts'

/**
 * All policies of one service. What is absent has its default; `false` takes a policy out; in an overlay or a patch,
 * `null` puts it back to its default. `mode` bounds all of them.
 */
export interface PolicyConfig extends Moded {
  /** What a call is worth that does not say. Default `'CRITICAL'`: nothing is shed that nobody has marked (SRE book, chapter 21). */
  readonly criticality?: Criticality | undefined
  /** A duration alone is `total`. */
  readonly timeout?: Duration | TimeoutConfig | false | undefined
  readonly balance?: Balancing | BalanceConfig | undefined
  readonly reweight?: ReweightConfig | false | undefined
  readonly eject?: EjectConfig | false | undefined
  readonly health?: HealthConfig | false | undefined
  readonly guard?: GuardConfig | false | undefined
  readonly retry?: RetryConfig | false | undefined
  readonly backup?: BackupConfig | false | undefined
  readonly rescue?: RescueConfig | false | undefined
  readonly budget?: BudgetConfig | undefined
  readonly breaker?: BreakerConfig | false | undefined
  readonly limit?: LimitConfig | false | undefined
  readonly concurrency?: ConcurrencyConfig | false | undefined
  /** A number alone is for all calls. */
  readonly drop?: number | DropConfig | false | undefined
  readonly fallback?: Fallback | FallbackConfig | false | undefined
  /** Your own, made by `interceptor()`, each at its scope, first listed outermost; only in code. Replaced whole by an overlay. */
  readonly interceptors?: readonly AnyLayer[] | undefined
}

const layer = codeOnly<AnyLayer>('an interceptor of one scope, as made by interceptor(); only in code', isLayer)

export const policy: z.ZodType<PolicyConfig> = options<PolicyConfig>('an object of policies, such as { timeout, retry }', {
  mode: modeOption,
  criticality: choice('CRITICAL_PLUS', 'CRITICAL', 'SHEDDABLE_PLUS', 'SHEDDABLE').describe('What a call is worth that does not say. Default CRITICAL.'),
  timeout: timeout.describe('How long a call may take; a duration alone is total. Default: none.'),
  balance: balance.describe('Which endpoint a try goes to. Default latency.'),
  reweight: reweight.describe('Moves traffic away from endpoints by the errors they answer. On by default.'),
  eject: eject.describe('Takes endpoints that fail out of the pick for a while. On by default.'),
  health: health.describe('Asks endpoints whether they are well. Off by default.'),
  guard: guard.describe('Keeps endpoints from more than they may have in flight. Off by default.'),
  retry: retry.describe('Sends a failed call again, to another endpoint. On by default: one extra try.'),
  backup: backup.describe('Sends a second copy of a call that is late. On by default: 2 % extra load.'),
  rescue: rescue.describe('Gives a call that hangs one more try. On by default.'),
  budget: budget.describe('What retries, backups and rescues may add together.'),
  breaker: breaker.describe('Refuses calls with the probability with which the service rejects them. Off by default.'),
  limit: limit.describe('Admits so many calls in a time, within one process or in all together. Off by default.'),
  concurrency: concurrency.describe('Keeps no more calls in flight than are answered well, or than all processes together may have. Off by default.'),
  drop: drop.describe('Shares of calls to refuse, for all or by criticality. Off by default.'),
  fallback: fallback.describe('What the caller gets instead of a refusal or a failure; only in code.'),
  interceptors: list(layer, 'a list of interceptors, as made by interceptor(); only in code') as z.ZodType<readonly AnyLayer[]>,
})

function isLayer(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'build' in value && typeof value.build === 'function' && 'from' in value && 'to' in value && value.from === value.to
}

/** In milliseconds, without shorthands: what a service's chain is compiled from. `localZone`: where the mesh is. */
export function resolvePolicy(config: PolicyConfig, localZone?: string): ServicePolicy {
  const { mode, criticality, interceptors } = config
  return defined({
    mode,
    criticality,
    interceptors,
    timeout: given(config.timeout, resolveTimeout),
    balance: resolveBalance(config.balance, localZone),
    reweight: given(config.reweight, resolveReweight),
    eject: given(config.eject, resolveEject),
    guard: given(config.guard, resolveGuard),
    retry: given(config.retry, resolveRetry),
    backup: given(config.backup, resolveBackup),
    rescue: given(config.rescue, resolveRescue),
    budget: given(config.budget, resolveBudget),
    breaker: given(config.breaker, resolveBreaker),
    limit: given(config.limit, resolveLimit),
    concurrency: given(config.concurrency, resolveConcurrency),
    drop: given(config.drop, resolveDrop),
    fallback: given(config.fallback, resolveFallback),
  })
}

function given<C, R>(config: C | undefined, resolve: (config: C) => R): R | undefined {
  return config === undefined ? undefined : resolve(config)
}
