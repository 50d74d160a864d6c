import fc from 'fast-check'
import { CODES as codes } from '@inmesh/policy'
import { isPlain } from '../plain.ts'
import type { MeshPatch } from '../merge.ts'
import type { MeshConfig } from '../mesh.ts'

const share = fc.double({ min: 0, max: 1, noNaN: true })
const time = (least: number, most: number): fc.Arbitrary<number | `${number}ms`> =>
  fc.integer({ min: least, max: most }).chain((ms) => fc.constantFrom(ms, `${ms}ms` as const))
const mode = fc.oneof(fc.constantFrom('off' as const, 'observe' as const, 'on' as const), fc.record({ enforce: share }))
const some = <T>(shape: { [K in keyof T]: fc.Arbitrary<T[K]> }) => fc.record(shape, { requiredKeys: [] })

const policy = some({
  mode,
  criticality: fc.constantFrom('CRITICAL' as const, 'SHEDDABLE' as const),
  timeout: fc.oneof(time(1000, 5000), some({ total: time(1000, 5000), perTry: time(1, 999), mode }), fc.constant(false as const)),
  balance: fc.oneof(
    fc.constantFrom('latency' as const, 'round-robin' as const, 'weighted-round-robin' as const, 'least-request' as const, 'hash' as const),
    some({
      decay: time(100, 5000), exploreShare: share, reports: fc.boolean(), exploreAfter: fc.constant(false as const),
      zone: fc.oneof(fc.constant(false as const), some({ remoteCost: fc.integer({ min: 1, max: 9 }) })),
      slowStart: fc.oneof(fc.constant(false as const), time(0, 5000), some({ window: time(0, 5000), aggression: fc.integer({ min: 1, max: 3 }) })),
    }),
    fc.record({ by: fc.constant('hash' as const), loadFactor: fc.oneof(fc.constant(false as const), fc.integer({ min: 1, max: 9 })) }),
  ),
  reweight: fc.oneof(fc.constant(false as const), some({
    codes: fc.dictionary(fc.constantFrom('503', '429', '5003', ...codes), fc.oneof(fc.integer({ min: 0, max: 10 }), fc.constant('1s' as const), some({ severity: fc.integer({ min: 0, max: 10 }), keepOff: time(0, 10_000) }))),
    weight: fc.integer({ min: 0, max: 1000 }),
  })),
  retry: fc.oneof(fc.constant(false as const), some({ maxExtraTries: fc.integer({ min: 0, max: 10 }), codes: fc.subarray([...codes]), mode })),
  drop: fc.oneof(share, some({ SHEDDABLE: share, CRITICAL: share, mode }), fc.constant(false as const)),
  health: fc.oneof(fc.constant(false as const), fc.record({
    path: fc.constantFrom('/healthz', '/ready?deep=1'), interval: time(1000, 60_000), timeout: time(1, 999), unhealthyAfter: fc.integer({ min: 1, max: 100 }),
    expect: fc.subarray([200, 204, 429], { minLength: 1 }), port: fc.integer({ min: 1, max: 65_535 }), mode,
  }, { requiredKeys: ['path'] })),
  eject: fc.oneof(fc.constant(false as const), some({ consecutive: fc.oneof(fc.constant(false as const), fc.integer({ min: 1, max: 1000 })), maxShare: share })),
})

/** Discovery by DNS, as data. */
const lookedUp = (url: string) => fc.record({
  dns: fc.constant(url), servers: fc.constant(['10.0.0.10', '[fd00::10]:5353']), srv: fc.constantFrom<(boolean | `_${string}`)[]>(true, false, '_api._tcp'),
  family: fc.constantFrom<(4 | 6)[]>(4, 6), refresh: time(1000, 60_000), removeAfter: fc.integer({ min: 1, max: 100 }),
}, { requiredKeys: ['dns'] })

const names = ['catalog', 'search', 'users', 'toString', 'a b'] as const

/** A configuration by the rules; endpoints differ by service, so that no origin is shared. */
export const arbitraryConfig: fc.Arbitrary<MeshConfig> = fc.record({
  services: fc.subarray([...names]).chain((chosen) => fc.record(Object.fromEntries(chosen.map((name, index) => [name, fc.record({
    endpoints: fc.oneof(
      fc.uniqueArray(fc.integer({ min: 1, max: 99 }), { minLength: 1, maxLength: 4 }).map((hosts) => hosts.map((host) => `http://10.0.${index}.${host}`)),
      lookedUp(`http://service-${index}.prod:8080`),
    ),
    policy,
  }, { requiredKeys: ['endpoints'] })]))),
  ),
  mode,
  local: some({ service: fc.constant('web'), zone: fc.constantFrom('a', 'b') }),
}, { requiredKeys: ['services'] })

/** What may be merged over a configuration: the same, in part, and null here and there. */
export const arbitraryPatch: fc.Arbitrary<MeshPatch> = fc.tuple(arbitraryConfig, fc.infiniteStream(fc.nat(9))).map(([config, dice]) => {
  const part = (value: unknown): unknown =>
    isPlain(value) ? Object.fromEntries(Object.entries(value).map(([key, item]) => [key, dice.next().value === 0 ? null : part(item)])) : value
  return part(config) as MeshPatch
})

interface Wrong {
  readonly path: string
  /** The configuration with this mistake in it. */
  readonly put: (config: object) => object
}

/** Mistakes of every kind, each at its own place, none of which hides another. */
export const arbitraryMistake: fc.Arbitrary<Wrong> = fc.constantFrom<Wrong[]>(
  wrong('servces', {}),
  wrong('engine', {}),
  wrong('mode', 'onn'),
  wrong('unknownOrigins', 'deny'),
  wrong('local.zone', 7),
  wrong('observers', 'console.log'),
  wrong('services.a.endpoint', 'http://b'),
  wrong('services.a.origins', []),
  wrong('services.a.http.connections', 0),
  wrong('services.a.policy.gaurd', {}),
  wrong('services.a.policy.mode.enforce', 3),
  wrong('services.a.policy.timeout.total', '1 hour'),
  wrong('services.a.policy.timeout.pertry', '1s'),
  wrong('services.a.policy.retry.codes', 'UNAVAILABLE'),
  wrong('services.a.policy.retry.backoff.min', -1),
  wrong('services.a.policy.balance.by', 'prequal'),
  wrong('services.a.policy.reweight.classify', 'x'),
  wrong('services.a.policy.reweight.codes.999', 1),
  wrong('services.a.policy.reweight.codes.503', { severity: 11 }, 'severity'),
  wrong('services.a.policy.drop.SHEDDABLE', 30),
  wrong('services.a.policy.health', { path: '/healthz', intervall: '1s' }, 'intervall'),
  wrong('services.b', 5),
)

function wrong(path: string, value: unknown, inner?: string): Wrong {
  const put = (at: object, [key = '', ...rest]: readonly string[]): object => ({
    ...at,
    [key]: rest.length === 0 ? value : put((Reflect.get(at, key) as object | undefined) ?? {}, rest),
  })
  return { path: inner === undefined ? path : `${path}.${inner}`, put: (config) => put(config, path.split('.')) }
}
