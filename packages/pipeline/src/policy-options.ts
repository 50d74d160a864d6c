import { statusIn, type BackupOptions, type BudgetOptions, type Criticality, type RescueOptions, type RetryOptions } from '@inmesh/policy'
import { durationKind } from './call-options.ts'
import { assertKind, choice, fn, number, shape, whole, type FieldsOf, type Kind } from './check-options.ts'
import { isEngine } from './engine.ts'
import type { BreakerOptions } from './interceptors/breaker.ts'
import type { ConcurrencyOptions } from './shared/concurrency-options.ts'
import type { LimitOptions } from './interceptors/limit.ts'
import type { Mode } from './mode.ts'
import type { Governed } from './service-policy.ts'
import type { SharingOptions } from './shared/global-terms.ts'
import { rateTogether, slotsTogether } from './shared/scope-together.ts'

// What `compose`'s policies accept, with the ranges of a mesh's configuration.

const hour = 3_600_000
const share = number(0, 1)
const enforced = shape<{ readonly enforce: number }>({ enforce: share }, ['enforce'])
export const modeKind: Kind = {
  accepted: 'off, observe, on, or { enforce: a number from 0 to 1 }',
  allows: (value) => value === 'off' || value === 'observe' || value === 'on' || enforced.allows(value),
  words: ['off', 'observe', 'on'],
}

function millis(most: number, least = 0): Kind {
  return number(least, most, `milliseconds from ${least} to ${most}`)
}

const codes: Kind = {
  accepted: "a list of codes, such as ['UNAVAILABLE', 503]",
  allows: (value) => Array.isArray(value) && value.every((code) => typeof code === 'string' || statusIn(code as number) !== undefined),
}

/** What every limit on a rate says of how it is shared, on both sides. */
export const sharingKinds: FieldsOf<SharingOptions> = {
  scope: choice('process', 'global'),
  weight: number(Number.MIN_VALUE, 1000, 'a number above 0, up to 1,000'),
  byCriticality: { accepted: 'true, false, or { floor: a number from 0 to 1 }', allows: (value) => typeof value === 'boolean' || floor.allows(value) },
  engineLost: choice('local-share', 'open', 'closed'),
  minProcesses: whole(1, 100_000),
}
const engine: Kind = { accepted: 'an engine, such as redis(client) of @inmesh/redis', allows: isEngine }
const floor = shape<{ readonly floor: number }>({ floor: share }, ['floor'])

const kinds: Readonly<Record<'retry' | 'backup' | 'rescue' | 'breaker' | 'limit' | 'concurrency', Kind>> = {
  retry: shape<Governed<RetryOptions> & { readonly budget?: BudgetOptions }>({
    maxExtraTries: whole(0, 10),
    codes,
    backoff: shape<NonNullable<RetryOptions['backoff']>>({ min: millis(60_000), max: millis(600_000) }),
    budget: shape<BudgetOptions>({ ratio: number(0, 1000), floor: number(0, 100), ttl: millis(600_000, 1000), initial: number(0, 1000) }),
    mode: modeKind,
  }),
  backup: shape<Governed<BackupOptions>>({ maxExtraLoad: share, after: durationKind, minDelay: millis(hour), mode: modeKind }),
  rescue: shape<Governed<RescueOptions>>({ afterMedians: number(2, 10_000), minAge: millis(hour), mode: modeKind }),
  breaker: shape<BreakerOptions>({ k: number(1, 100), maxDrop: share, window: durationKind, minRate: number(0, 1_000_000), mode: modeKind }),
  concurrency: shape<ConcurrencyOptions>({
    min: whole(1, 1_000_000),
    max: whole(1, 1_000_000),
    initial: whole(1, 1_000_000),
    increase: number(0, 1000),
    backoff: number(0.1, 0.99),
    latencyAbove: durationKind,
    queue: whole(0, 1_000_000),
    maxWait: durationKind,
    scope: sharingKinds.scope,
    weight: sharingKinds.weight,
    engineLost: sharingKinds.engineLost,
    minProcesses: sharingKinds.minProcesses,
    engine,
    mode: modeKind,
  }, [], slotsTogether),
  limit: shape<LimitOptions>({
    rate: number(Number.MIN_VALUE, Number.MAX_VALUE, 'a number above 0'),
    per: durationKind,
    burst: number(1, 1_000_000),
    key: fn('a function from a call to a text'),
    maxKeys: whole(1, 1_000_000),
    maxWait: durationKind,
    ...sharingKinds,
    engine,
    mode: modeKind,
  }, ['rate'], rateTogether),
}

/** What has only a mode beside its first argument. */
const moded = shape<{ readonly mode?: Mode }>({ mode: modeKind })
const ratios = shape<Partial<Record<Criticality, number>>>({ CRITICAL_PLUS: share, CRITICAL: share, SHEDDABLE_PLUS: share, SHEDDABLE: share })
const ratio: Kind = { ...ratios, accepted: `${share.accepted}, or ${ratios.accepted}`, allows: (value) => share.allows(value) || ratios.allows(value) }
const firsts: Readonly<Record<'drop' | 'fallback' | 'timeout', Kind>> = { drop: ratio, fallback: fn('a function'), timeout: durationKind }

export function assertPolicy(name: keyof typeof kinds, options: unknown): void {
  assertKind(name, options, kinds[name])
}

export function assertModed(name: keyof typeof firsts, first: unknown, options: unknown): void {
  assertKind(name, first, firsts[name])
  assertKind(name, options, moded)
}
