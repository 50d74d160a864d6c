import type { Call, Duration, ServicePolicy } from '@inmesh/pipeline'
import type { Balancing } from '@inmesh/policy'
import type * as z from 'zod'
import { defined, millis } from '../defined.ts'
import { fn } from '../schema/code-only.ts'
import { above, choice, duration, flag, number, off, oneOf, orFalse, share } from '../schema/kinds.ts'
import { options } from '../schema/options.ts'
import { modeOption, type Moded } from './mode.ts'

export type { Balancing } from '@inmesh/policy'

/** What means something wherever latency may balance, and nothing elsewhere. */
interface Learning extends Moded {
  /**
   * Time constant with which a latency peak is forgotten. Default 10 s (Finagle, Linkerd, Tower, brpc): shorter follows
   * faster and oscillates. 100 ms–10 min. Does not set how long errors are remembered: that is `reweight.decay`.
   */
  readonly decay?: Duration | undefined
  /**
   * An endpoint not picked for this long gets the next call that may run concurrently, so that recovery is seen and
   * nothing starves. Default 1 s. 10 ms–1 h, `false` for never. Never feeds an endpoint that still owes an answer.
   */
  readonly exploreAfter?: Duration | false | undefined
  /** At most this share of picks explores. Default 0.005: thousands of endpoints would else be fed in turn, and a slow one of few would show in the p99. 0–1. */
  readonly exploreShare?: number | undefined
  /**
   * Whether what replies say of their servers' load counts (ORCA's `endpoint-load-metrics`): requests in flight where latency
   * balances, the weight that is earned under `weighted-round-robin`. Default true; without such replies nothing changes.
   * An endpoint is made ten times dearer or ten times heavier by it at most, whatever it says. `false`: none is read.
   */
  readonly reports?: boolean | undefined
}

export interface ZoneConfig {
  /** How many times as dear a try to another zone than `local.zone` is. Default 1.5: half as much again under way, or as slow, and it is taken all the same. 1–1,000; 1 is no preference. */
  readonly remoteCost?: number | undefined
}

export interface SlowStartConfig {
  /** Time in which the weight of a new endpoint grows from a tenth to the whole. Default: none. 0–1 h. */
  readonly window?: Duration | undefined
  /** The share after a time t is `(t / window)^(1 / aggression)`. Default 1, a straight line (Envoy). Above 0, up to 100; above 1 is steeper at first. */
  readonly aggression?: number | undefined
}

/** What weights are part of: every balancer but plain round robin. */
interface Weighed extends Learning {
  /**
   * Prefers endpoints of our own zone. In force where `local.zone` is set and endpoints have zones; `false`: never. One
   * without a zone is not remote. Under `hash` only calls without a key hear of it: a key's place is the same for all clients.
   */
  readonly zone?: ZoneConfig | false | undefined
  /**
   * How an endpoint that is new among older ones gets its share; a duration alone is `window`. Default `false`: at once,
   * since the balancer by latency sees that one is slow. One that is back from ejection takes the longer of this and
   * `eject.ramp`. Off by itself while more than half of the endpoints are new.
   */
  readonly slowStart?: Duration | SlowStartConfig | false | undefined
}

interface Keyless {
  readonly key?: undefined
  readonly loadFactor?: undefined
}

/**
 * The cheapest of up to 16 endpoints, of more the cheaper of two random ones, by latency, age of open tries, load, weight
 * and errors (power of two choices, Mitzenmacher; after peak EWMA, Finagle). The default. With one endpoint nothing is
 * balanced, which is what a Kubernetes ClusterIP is.
 */
export interface LatencyBalance extends Weighed, Keyless {
  readonly by?: 'latency' | undefined
}

/** Two random endpoints, the one with less under way for its weight wins (Envoy). Blind to latency and errors but for ejection. */
export interface LeastRequestBalance extends Weighed, Keyless {
  readonly by: 'least-request'
}

/** In turn, twice as often with twice the weight, smoothly (earliest deadline first, as gRPC and Envoy do). Blind to load, latency and errors but for ejection. */
export interface WeightedRoundRobinBalance extends Weighed, Keyless {
  readonly by: 'weighted-round-robin'
}

/** In turn, blind to all but ejection and priorities: the baseline. */
export interface RoundRobinBalance extends Learning, Keyless {
  readonly by: 'round-robin'
  readonly zone?: undefined
  readonly slowStart?: undefined
}

/**
 * Calls with one key go to one endpoint, and retries and backups on in that key's order (rendezvous hashing, Thaler &
 * Ravishankar 1998); calls without a key are balanced by latency. When endpoints come and go, only keys move that must.
 */
export interface HashBalance extends Weighed {
  readonly by: 'hash'
  /** The key of a call; undefined for none. Asked once a call; one that throws is passed over. Only in code. Default: the call's `affinity`. */
  readonly key?: ((call: Call) => string | undefined) | undefined
  /**
   * An endpoint gets no key's call while it has more than this many times its share of what this process has under way:
   * the next in the key's order does (Mirrokni, Thorup & Zadimoghaddam). Default 1.25. 1–100; `false`: no bound, so that
   * one hot key is one hot endpoint.
   */
  readonly loadFactor?: number | false | undefined
}

/** Which endpoint a try goes to. On by default, by latency. */
export type BalanceConfig = LatencyBalance | LeastRequestBalance | WeightedRoundRobinBalance | RoundRobinBalance | HashBalance

/** The options of every balancer; which go with which is told by `balanceRelations`. */
interface AnyBalance extends Weighed, Pick<HashBalance, 'key' | 'loadFactor'> {
  readonly by?: Balancing | undefined
}

const by = choice('latency', 'round-robin', 'weighted-round-robin', 'least-request', 'hash')

const any = options<AnyBalance>('{ by, key, loadFactor, zone, slowStart, decay, exploreAfter, exploreShare, reports, mode }', {
  by: by.describe('How an endpoint is picked. Default latency.'),
  key: fn<(call: Call) => string | undefined>(),
  loadFactor: orFalse(number(1, 100)).describe('Under hash: an endpoint has at most this many times its share of what is under way; false for no bound. Default 1.25.'),
  zone: oneOf('{ remoteCost }, or false', [
    options<ZoneConfig>('{ remoteCost }', { remoteCost: number(1, 1000).describe('How many times as dear a try to another zone is. Default 1.5.') }),
    off,
  ]).describe('Prefers endpoints of our own zone, where local.zone is set; false for never.'),
  slowStart: oneOf("a time such as '30s', { window, aggression }, or false", [
    duration(0, 3_600_000),
    options<SlowStartConfig>('{ window, aggression }', {
      window: duration(0, 3_600_000).describe('Time in which the weight of a new endpoint grows from a tenth to the whole. Default: none.'),
      aggression: above(0, 100).describe('Above 1 its weight grows faster at first. Default 1.'),
    }),
    off,
  ]).describe('How an endpoint that is new among older ones gets its share; a duration alone is window, false for at once.'),
  decay: duration(100, 600_000).describe('Time constant with which a latency peak is forgotten. Default 10 s.'),
  exploreAfter: orFalse(duration(10, 3_600_000)).describe('An endpoint not picked for this long gets the next call that may run concurrently; false for never. Default 1 s.'),
  exploreShare: share().describe('At most this share of picks explores. Default 0.005.'),
  reports: flag().describe('Whether what replies say of their servers’ load counts. Default true.'),
  mode: modeOption,
})

const kinds = oneOf("'latency', 'round-robin', 'weighted-round-robin', 'least-request', 'hash', or { by, key, loadFactor, zone, slowStart, decay, exploreAfter, exploreShare, reports, mode }", [by, any])

// The compiler knows of each balancer which options it has; the schema knows all options, and the relations what goes together.
export const balance: z.ZodType<BalanceConfig | Balancing> = kinds as z.ZodType<BalanceConfig | Balancing>

export function unfoldBalance(value: Balancing): BalanceConfig {
  return { by: value }
}

export function unfoldSlowStart(value: Duration): SlowStartConfig {
  return { window: value }
}

/** `localZone`: where the mesh is. */
export function resolveBalance(config: BalanceConfig | Balancing | undefined, localZone: string | undefined): ServicePolicy['balance'] {
  if (config === undefined && localZone === undefined) return undefined
  const { by, key, loadFactor, zone, slowStart, decay, exploreAfter, exploreShare, reports, mode }: AnyBalance = typeof config === 'string' ? unfoldBalance(config) : (config ?? {})
  const { window, aggression } = typeof slowStart === 'object' ? slowStart : unfoldSlowStart(slowStart === undefined || slowStart === false ? 0 : slowStart)
  return defined({
    by,
    key,
    loadFactor: loadFactor === false ? Infinity : loadFactor,
    localZone: zone === false ? undefined : localZone,
    remoteCost: zone === false ? undefined : zone?.remoteCost,
    slowStart: slowStart === undefined ? undefined : millis(window),
    aggression,
    decay: millis(decay),
    exploreAfter: exploreAfter === false ? Infinity : millis(exploreAfter),
    exploreShare,
    reports,
    mode,
  })
}
