import { expect, test } from 'vitest'
import { interceptor } from '@inmesh/pipeline'
import type { MeshConfig } from './mesh.ts'
import type { PolicyConfig } from './policy/policy.ts'
import { resolveConfig } from './resolve.ts'
import type { ResolvedService, ServiceConfig } from './service/service.ts'

const endpoints = ['http://10.0.0.1:8080']

function resolved(config: ServiceConfig): ResolvedService {
  const service = resolveConfig({ services: { c: config } }).services.get('c')
  if (service === undefined) throw new Error('no service')
  return service
}

function policyOf(policy: PolicyConfig): ResolvedService['policy'] {
  return resolved({ endpoints, policy }).policy
}

test('what is not said is absent below, so that each policy has its own default', () => {
  expect(resolved({ endpoints })).toEqual({
    name: 'c', origins: [], endpoints: [{ url: new URL('http://10.0.0.1:8080') }], host: undefined, tls: undefined, http: {}, policy: {},
  })
  expect(resolveConfig({ services: {} })).toEqual({
    local: {}, services: new Map(), unknownOrigins: 'pass', mode: 'on', observers: [], clock: undefined, random: undefined,
  })
})

test('undefined is as good as not there', () => {
  const config: MeshConfig = { services: { c: { endpoints, tls: undefined, policy: { timeout: undefined, retry: { codes: undefined } } } }, mode: undefined }
  expect(resolveConfig(config).services.get('c')?.policy).toEqual({ retry: {} })
})

test('durations become milliseconds, wherever they stand', () => {
  expect(policyOf({
    timeout: { total: '0.8s', perTry: '300ms', idle: 5 },
    balance: { decay: '5s' },
    reweight: { decay: '1s' },
    eject: { window: '30s', baseTime: '1s', maxTime: '1m', ramp: 0 },
    retry: { backoff: { min: '10ms', max: '1s' } },
    backup: { after: '50ms', minDelay: '2ms' },
    rescue: { minAge: '40ms' },
    budget: { ttl: '20s' },
    limit: { rate: 5, per: '1m', maxWait: '100ms' },
    breaker: { k: 1.5, window: '1m' },
    concurrency: { max: 50, latencyAbove: '2s', queue: 10, maxWait: '100ms' },
  })).toEqual({
    timeout: { total: 800, perTry: 300, idle: 5 },
    balance: { decay: 5000 },
    reweight: { decay: 1000 },
    eject: { window: 30_000, baseTime: 1000, maxTime: 60_000, ramp: 0 },
    retry: { backoff: { min: 10, max: 1000 } },
    backup: { after: 50, minDelay: 2 },
    rescue: { minAge: 40 },
    budget: { ttl: 20_000 },
    limit: { rate: 5, per: 60_000, maxWait: 100 },
    breaker: { k: 1.5, window: 60_000 },
    concurrency: { max: 50, latencyAbove: 2000, queue: 10, maxWait: 100 },
  })
})

test('a limit of all processes has what it is shared by', () => {
  const concurrency = { max: 40, scope: 'global', weight: 2, engineLost: 'open', minProcesses: 3, queue: 5 } as const
  expect(policyOf({ concurrency: { ...concurrency, maxWait: '1s' } })).toEqual({ concurrency: { ...concurrency, maxWait: 1000 } })
})

test('a shorthand is what it stands for', () => {
  const reply = (): Response => new Response()
  expect(policyOf({ timeout: '800ms', balance: 'round-robin', drop: 0.3, fallback: reply })).toEqual({
    timeout: { total: 800 }, balance: { by: 'round-robin' }, drop: { ratios: 0.3 }, fallback: { reply },
  })
})

test('false takes a policy out, and reweighting by costing nothing', () => {
  const out = { timeout: false, eject: false, retry: false, backup: false, rescue: false, limit: false, drop: false, fallback: false } as const
  expect(policyOf({ ...out, reweight: false })).toEqual({ ...out, reweight: { weight: 0 } })
})

test('false turns a single rule off, by a bound that nothing reaches', () => {
  expect(policyOf({ eject: { consecutive: false, failureRate: false, sigma: false }, balance: { exploreAfter: false } })).toEqual({
    eject: { consecutive: Infinity, failureRate: 2, sigma: Infinity }, balance: { exploreAfter: Infinity },
  })
})

test('a balancer is as many numbers below, and a key stays a function', () => {
  const key = (): string => 'x'
  expect(policyOf({ balance: { by: 'hash', key, loadFactor: false, slowStart: '30s' } }).balance).toEqual({ by: 'hash', key, loadFactor: Infinity, slowStart: 30_000 })
  expect(policyOf({ balance: { slowStart: { window: '1m', aggression: 2 }, zone: { remoteCost: 3 } } }).balance).toEqual({ slowStart: 60_000, aggression: 2, remoteCost: 3 })
  expect(policyOf({ balance: { slowStart: false, zone: false } }).balance).toEqual({ slowStart: 0 })
})

test('every service knows the zone that the mesh is in, unless it is not to prefer it', () => {
  const { services } = resolveConfig({ local: { zone: 'here' }, services: { a: { endpoints }, b: { endpoints, policy: { balance: 'hash' } }, c: { endpoints, policy: { balance: { zone: false } } } } })
  expect([...services.values()].map(({ policy }) => policy.balance)).toEqual([{ localZone: 'here' }, { by: 'hash', localZone: 'here' }, {}])
})

test('every policy keeps its mode', () => {
  const moded = { mode: 'observe' } as const
  const policy = { timeout: moded, balance: moded, eject: moded, retry: moded, backup: moded, rescue: moded, breaker: moded, concurrency: moded, guard: { perEndpoint: 5, ...moded }, limit: { rate: 1, ...moded } }
  expect(policyOf({ ...policy, drop: { SHEDDABLE: 1, ...moded }, mode: { enforce: 0.1 } })).toEqual({ ...policy, drop: { ratios: { SHEDDABLE: 1 }, ...moded }, mode: { enforce: 0.1 } })
})

test('a verdict is a severity, a time to keep off, or both with what they default to', () => {
  const codes = { 503: 5, 429: '1s', 502: { ejectAfter: 2 }, 404: { ejectAfter: 9 }, ABORTED: { keepOff: 10 }, UNAVAILABLE: '2s', 5003: {} } as const
  expect(policyOf({ reweight: { codes } }).reweight?.codes).toEqual({
    503: { severity: 5 },
    // Kept off for a second, and no worse thought of: 429 is mostly the caller's own quota.
    429: { severity: 0, keepOff: 1000 },
    502: { severity: 1, ejectAfter: 2 },
    404: { severity: 0, ejectAfter: 9 },
    ABORTED: { severity: 0, keepOff: 10 },
    UNAVAILABLE: { severity: 1, keepOff: 2000 },
    5003: { severity: 1 },
  })
})

test("what only HTTP has comes with its service's policy", () => {
  const classify = (): undefined => undefined
  const classifyEnd = { maxBytes: 100, classify }
  const service = resolved({ endpoints, http: { losers: 'drain', connections: 5, keepAliveTimeout: '1m', bodyTimeout: 0 }, policy: { reweight: { classify, classifyEnd } } })
  expect(service.policy).toEqual({ reweight: {}, losers: 'drain', classify, classifyEnd })
  expect(service.http).toEqual({ connections: 5, keepAliveTimeout: 60_000, bodyTimeout: 0 })
})

test('a service without endpoints is at its origins', () => {
  const service = resolved({ origins: ['https://catalog.prod', 'http://old:80'] })
  expect(service.origins).toEqual(['https://catalog.prod', 'http://old'])
  expect(service.endpoints).toEqual([{ url: new URL('https://catalog.prod') }, { url: new URL('http://old') }])
})

test('tries say that they call the origin, unless there is none or the endpoint is asked for', () => {
  const origins = ['http://catalog.prod:8080']
  expect(resolved({ origins, endpoints }).host).toBe('catalog.prod:8080')
  expect(resolved({ origins, endpoints, host: 'endpoint' }).host).toBeUndefined()
  expect(resolved({ endpoints, host: 'origin' }).host).toBeUndefined()
})

test('endpoints keep what is known of them', () => {
  expect(resolved({ endpoints: ['http://a', { url: 'http://b:81', weight: 2, priority: 1, zone: 'z', labels: { version: 'v2' } }] }).endpoints).toEqual([
    { url: new URL('http://a') }, { url: new URL('http://b:81'), weight: 2, priority: 1, zone: 'z', labels: { version: 'v2' } },
  ])
})

test('a source that is given again is the same source, so that another change need not begin it anew', () => {
  const source = { subscribe: () => () => {} }
  expect(resolved({ endpoints: source }).endpoints).toBe(resolved({ endpoints: source, policy: { retry: false } }).endpoints)
})

test('own interceptors go through as they are, if they stay at one scope', () => {
  const audit = interceptor('audit', (_, next) => next())
  expect(policyOf({ interceptors: [audit] }).interceptors).toEqual([audit])
  expect(() => resolveConfig({ services: { c: { endpoints, policy: { interceptors: [{ ...audit, to: 'routed' }] } } } })).toThrow(/interceptors\[0\]/)
})

test('TLS takes PEM texts and buffers, alone or in lists', () => {
  const pem = '-----BEGIN CERTIFICATE-----\nx'
  const key = Buffer.from('binary')
  expect(resolved({ endpoints: ['https://a'], tls: { ca: [pem, key], cert: pem, key, servername: 'a.example' } }).tls).toEqual({ ca: [pem, key], cert: pem, key, servername: 'a.example' })
})
