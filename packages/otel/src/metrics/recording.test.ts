import type { ClientWire, MeshEvent, ServerWire } from '@inmesh/pipeline'
import { describe, expect, test } from 'vitest'
import { Metered } from './meter.test-support.ts'
import { BUCKETS, METRICS, type Metric } from './names.ts'
import { states } from './states.test-support.ts'

type Body = MeshEvent extends infer E ? (E extends MeshEvent ? Omit<E, 'service' | 'at'> : never) : never
type Series = readonly [metric: string, attributes: Record<string, unknown>, value?: number]

const get: ClientWire = { protocol: 'http', method: 'GET', address: 'catalog.test', port: 443 }
const rpc: ClientWire = { protocol: 'grpc', address: 'catalog' }
const inbound: ServerWire = { protocol: 'http', method: 'GET', scheme: 'https' }
const ok = { kind: 'success', code: 'OK', status: 200 } as const
const unavailable = { kind: 'failure', code: 'UNAVAILABLE', reach: 'unsent' } as const
const service = { 'inmesh.service': 'catalog' }
const operation = { ...service, 'inmesh.operation': 'GET /items/:id' }
const server = { 'inmesh.server': 'catalog', 'inmesh.operation': 'GET /items/:id' }
const picked = { by: 'latency', cost: 1, median: 1, among: 3, of: 3 } as const
const critical = { 'inmesh.criticality': 'CRITICAL' }
const route = { 'http.request.method': 'GET', 'url.scheme': 'https', 'http.route': '/items/:id' }
const limit = { 'inmesh.limit': 'catalog/limit' }
const of = { operation: 'GET /items/:id', criticality: 'CRITICAL' } as const
const sent = { operation: 'GET /items/:id', endpoint: '10.0.0.1:80', cause: 'first', ordinal: 0, latency: 20 } as const
const over = { operation: 'GET /items/:id', latency: 30, tries: 1, fallback: false, criticality: 'CRITICAL' } as const

/** One event, and all that is written down of it. */
const table: readonly (readonly [what: string, event: Body, ...series: Series[]])[] = [
  ['a try over HTTP', { type: 'tried', ...sent, outcome: ok, wire: get },
    ['inmesh.try.duration', { ...operation, 'inmesh.cause': 'first', 'inmesh.outcome': 'success', 'inmesh.code': 'OK' }, 0.02],
    ['http.client.request.duration', { 'http.request.method': 'GET', 'server.address': 'catalog.test', 'server.port': 443, 'http.response.status_code': 200 }, 0.02]],
  ['a try that a 404 answered, an error of its caller', { type: 'tried', ...sent, outcome: { kind: 'success', code: 'NOT_FOUND', status: 404 }, wire: { ...get, method: 'BREW' } },
    ['inmesh.try.duration', { ...operation, 'inmesh.cause': 'first', 'inmesh.outcome': 'success', 'inmesh.code': 'NOT_FOUND' }, 0.02],
    ['http.client.request.duration', { 'http.request.method': '_OTHER', 'server.address': 'catalog.test', 'server.port': 443, 'http.response.status_code': 404, 'error.type': '404' }, 0.02]],
  ['a try that nothing answered', { type: 'tried', ...sent, outcome: unavailable, wire: { protocol: 'http', method: 'GET', address: 'catalog' } },
    ['inmesh.try.duration', { ...operation, 'inmesh.cause': 'first', 'inmesh.outcome': 'failure', 'inmesh.code': 'UNAVAILABLE' }, 0.02],
    ['http.client.request.duration', { 'http.request.method': 'GET', 'server.address': 'catalog', 'error.type': 'UNAVAILABLE' }, 0.02]],
  ['a try whose body broke off', { type: 'tried', ...sent, outcome: { ...unavailable, status: 200 }, wire: get },
    ['inmesh.try.duration', { ...operation, 'inmesh.cause': 'first', 'inmesh.outcome': 'failure', 'inmesh.code': 'UNAVAILABLE' }, 0.02],
    ['http.client.request.duration', { 'http.request.method': 'GET', 'server.address': 'catalog.test', 'server.port': 443, 'http.response.status_code': 200, 'error.type': 'UNAVAILABLE' }, 0.02]],
  ['a try that another one beat', { type: 'tried', ...sent, cause: 'backup', outcome: { kind: 'ignored', why: 'superseded' }, wire: get },
    ['inmesh.try.duration', { ...operation, 'inmesh.cause': 'backup', 'inmesh.outcome': 'superseded', 'inmesh.code': 'CANCELLED' }, 0.02],
    ['http.client.request.duration', { 'http.request.method': 'GET', 'server.address': 'catalog.test', 'server.port': 443, 'error.type': 'superseded' }, 0.02]],
  ['a try of gRPC: a call counts there, and not its tries', { type: 'tried', ...sent, outcome: ok, wire: rpc },
    ['inmesh.try.duration', { ...operation, 'inmesh.cause': 'first', 'inmesh.outcome': 'success', 'inmesh.code': 'OK' }, 0.02]],
  ['a call over HTTP: its tries count there', { type: 'ended', ...over, outcome: ok, answeredBy: 'first', wire: get },
    ['inmesh.call.duration', { ...operation, 'inmesh.outcome': 'success', 'inmesh.code': 'OK' }, 0.03]],
  ['a call of gRPC', { type: 'ended', ...over, operation: 'shop.Catalog/Get', outcome: { kind: 'success', code: 'NOT_FOUND' }, answeredBy: 'first', wire: rpc },
    ['inmesh.call.duration', { ...service, 'inmesh.operation': 'shop.Catalog/Get', 'inmesh.outcome': 'success', 'inmesh.code': 'NOT_FOUND' }, 0.03],
    ['rpc.client.call.duration', { 'rpc.system.name': 'grpc', 'rpc.method': 'shop.Catalog/Get', 'rpc.status_code': 'NOT_FOUND', 'server.address': 'catalog', 'error.type': 'NOT_FOUND' }, 0.03]],
  ['a call whose caller went away', { type: 'ended', ...over, operation: 'shop.Catalog/Get', outcome: { kind: 'ignored', why: 'caller' }, wire: rpc },
    ['inmesh.call.duration', { ...service, 'inmesh.operation': 'shop.Catalog/Get', 'inmesh.outcome': 'caller', 'inmesh.code': 'CANCELLED' }, 0.03],
    ['rpc.client.call.duration', { 'rpc.system.name': 'grpc', 'rpc.method': 'shop.Catalog/Get', 'rpc.status_code': 'CANCELLED', 'server.address': 'catalog', 'error.type': 'CANCELLED' }, 0.03]],
  ['a call that a backup answered', { type: 'ended', ...over, outcome: ok, answeredBy: 'backup' },
    ['inmesh.call.duration', { ...operation, 'inmesh.outcome': 'success', 'inmesh.code': 'OK' }, 0.03],
    ['inmesh.extra_try.won', { ...operation, 'inmesh.cause': 'backup' }, 1]],
  ['a call that its fallback answered', { type: 'ended', ...over, fallback: true, criticality: 'SHEDDABLE', outcome: ok },
    ['inmesh.call.duration', { ...operation, 'inmesh.outcome': 'fallback', 'inmesh.code': 'OK' }, 0.03],
    ['inmesh.call.fallbacks', { ...operation, 'inmesh.criticality': 'SHEDDABLE' }, 1]],
  ['a retry', { type: 'retried', operation: of.operation, ordinal: 1, after: 5 },
    ['inmesh.extra_try.asked', { ...operation, 'inmesh.cause': 'retry' }, 1], ['inmesh.extra_try.sent', { ...operation, 'inmesh.cause': 'retry' }, 1]],
  ['a backup', { type: 'backed-up', operation: of.operation, ordinal: 1, after: 5 },
    ['inmesh.extra_try.asked', { ...operation, 'inmesh.cause': 'backup' }, 1], ['inmesh.extra_try.sent', { ...operation, 'inmesh.cause': 'backup' }, 1]],
  ['a rescue', { type: 'rescued', operation: of.operation, ordinal: 1, after: 5 },
    ['inmesh.extra_try.asked', { ...operation, 'inmesh.cause': 'rescue' }, 1], ['inmesh.extra_try.sent', { ...operation, 'inmesh.cause': 'rescue' }, 1]],
  ['a retry that was not sent', { type: 'refused', operation: of.operation, policy: 'retry', why: 'budget' },
    ['inmesh.extra_try.asked', { ...operation, 'inmesh.cause': 'retry' }, 1], ['inmesh.extra_try.refused', { ...operation, 'inmesh.cause': 'retry', 'inmesh.why': 'budget' }, 1]],
  ['a call that was dropped', { type: 'refused', ...of, policy: 'drop', why: 'CRITICAL' },
    ['inmesh.call.refused', { ...operation, ...critical, 'inmesh.policy': 'drop', 'inmesh.why': 'CRITICAL' }, 1]],
  ['a call that a step of the user’s own refused, be it called as extra tries are', { type: 'refused', ...of, policy: 'retry', why: 'open' },
    ['inmesh.call.refused', { ...operation, ...critical, 'inmesh.policy': 'retry', 'inmesh.why': 'open' }, 1]],
  ['a try that had nowhere to go', { type: 'refused', ...of, policy: 'guard', why: 'full' },
    ['inmesh.try.refused', { ...operation, 'inmesh.policy': 'guard', 'inmesh.why': 'full' }, 1]],
  ['a try of a call that has a limit', { type: 'picked', operation: of.operation, endpoint: 'a', cause: 'first', ordinal: 0, remaining: 250, ...picked }, ['inmesh.deadline.remaining', operation, 0.25]],
  ['a first try for which there was no endpoint', { type: 'refused', ...of, policy: 'balance', why: 'none known', numbers: { known: 0 } },
    ['inmesh.try.refused', { ...operation, 'inmesh.policy': 'balance', 'inmesh.why': 'none known' }, 1]],
  ['an empty budget', { type: 'budget-empty', budget: 'backup' }, ['inmesh.budget.empty', { ...service, 'inmesh.budget': 'backup' }, 1]],
  ['a mode that differs, and not what endpoint it would have been', { type: 'mode-differed', operation: of.operation, policy: 'balance', would: '10.0.0.4:80' }, ['inmesh.mode.differences', { ...operation, 'inmesh.policy': 'balance' }, 1]],
  ['an ejection', { type: 'ejected', endpoint: 'a', why: 'consecutive', until: 9, length: 9, ejections: 1, tries: 9, failures: 9, consecutive: 9 }, ['inmesh.ejection.enforced', { ...service, 'inmesh.why': 'consecutive' }, 1]],
  ['an ejection that a guard held', { type: 'ejection-suppressed', endpoint: 'a', why: 'cap', would: 'failure-rate' }, ['inmesh.ejection.suppressed', { ...service, 'inmesh.why': 'cap', 'inmesh.would': 'failure-rate' }, 1]],
  ['a probe', { type: 'probe', endpoint: 'a' }, ['inmesh.ejection.probes', service, 1]],
  ['a return', { type: 'returned', endpoint: 'a', outFor: 9 }, ['inmesh.ejection.returns', service, 1]],
  ['an endpoint that asked to be left alone', { type: 'kept-off', endpoint: 'a', until: 9 }, ['inmesh.endpoint.kept_off', service, 1]],
  ['panic', { type: 'panic', on: true, available: 1, members: 9 }, ['inmesh.ejection.panics', service, 1]],
  ['the end of panic', { type: 'panic', on: false, available: 9, members: 9 }],
  ['a health check', { type: 'health-checked', endpoint: 'a', ok: false, latency: 9, complaint: 'no' }, ['inmesh.health.checks', { ...service, 'inmesh.healthy': false }, 1]],
  ['an endpoint that checks took out', { type: 'unreachable', endpoint: 'a', complaint: 'no' }, ['inmesh.health.changes', { ...service, 'inmesh.to': 'unreachable' }, 1]],
  ['an endpoint that checks let back', { type: 'reachable', endpoint: 'a', outFor: 9 }, ['inmesh.health.changes', { ...service, 'inmesh.to': 'reachable' }, 1]],
  ['a source that failed', { type: 'discovery-failed', error: new Error('no') }, ['inmesh.discovery.failures', service, 1]],
  ['a new chain', { type: 'policy-changed', chain: [] }, ['inmesh.policy.changes', service, 1]],
  ['a step that threw', { type: 'interceptor-failed', interceptor: 'mine', error: new Error('no') }, ['inmesh.interceptor.failures', { ...service, 'inmesh.interceptor': 'mine' }, 1]],
  ['a step that threw too often', { type: 'compiled-out', interceptor: 'mine', faults: 10 }, ['inmesh.interceptor.compiled_out', { ...service, 'inmesh.interceptor': 'mine' }, 1]],
  ['an ask that gives tokens back', { type: 'lease-asked', key: '', limit: 'catalog/limit', want: 9, settle: -4 }, ['inmesh.lease.asked', limit, 1], ['inmesh.lease.unused', limit, 4]],
  ['an ask that owes some', { type: 'lease-asked', key: '', limit: 'catalog/limit', want: 9, settle: 4 }, ['inmesh.lease.asked', limit, 1]],
  ['a grant', { type: 'lease-granted', key: '', limit: 'catalog/limit', tokens: 7, delay: 9, lost: false }, ['inmesh.lease.granted', limit, 1], ['inmesh.lease.tokens', limit, 7]],
  ['a grant that was refused', { type: 'lease-refused', key: '', limit: 'catalog/limit', retryAfter: 9 }, ['inmesh.lease.refused', limit, 1]],
  ['an ask without an answer', { type: 'lease-unanswered', key: '', limit: 'catalog/limit' }, ['inmesh.lease.unanswered', limit, 1]],
  ['a request', { type: 'request-ended', ...of, status: 503, latency: 40, wire: inbound },
    ['http.server.request.duration', { ...route, 'http.response.status_code': 503, 'error.type': '503' }, 0.04]],
  ['a request that was its caller’s error', { type: 'request-ended', ...of, operation: 'GET', status: 404, latency: 40, wire: inbound },
    ['http.server.request.duration', { 'http.request.method': 'GET', 'url.scheme': 'https', 'http.response.status_code': 404 }, 0.04]],
  ['a request past the bound of names', { type: 'request-ended', ...of, operation: 'other', status: 200, latency: 40, wire: inbound },
    ['http.server.request.duration', { 'http.request.method': 'GET', 'url.scheme': 'https', 'http.response.status_code': 200 }, 0.04]],
  ['a request of gRPC', { type: 'request-ended', ...of, operation: 'shop.Catalog/Get', status: 500, code: 'INTERNAL', latency: 40, wire: { protocol: 'grpc' } },
    ['rpc.server.call.duration', { 'rpc.system.name': 'grpc', 'rpc.method': 'shop.Catalog/Get', 'rpc.status_code': 'INTERNAL', 'error.type': 'INTERNAL' }, 0.04]],
  ['a request of gRPC that was its caller’s error', { type: 'request-ended', ...of, operation: 'other', status: 404, code: 'NOT_FOUND', latency: 40, wire: { protocol: 'grpc' } },
    ['rpc.server.call.duration', { 'rpc.system.name': 'grpc', 'rpc.method': '_OTHER', 'rpc.status_code': 'NOT_FOUND' }, 0.04]],
  ['a request that was shed', { type: 'request-refused', ...of, policy: 'admission', why: 'limit', detail: 'no', status: 503, latency: 2, wire: inbound },
    ['inmesh.server.request.refused', { ...server, ...critical, 'inmesh.policy': 'admission', 'inmesh.why': 'limit' }, 1],
    ['http.server.request.duration', { ...route, 'http.response.status_code': 503, 'error.type': '503' }, 0.002]],
  ['a request of gRPC over a quota', { type: 'request-refused', ...of, operation: 'shop.Catalog/Get', policy: 'limits', why: 'tenant', detail: 'no', status: 429, latency: 2, wire: { protocol: 'grpc' } },
    ['inmesh.server.request.refused', { ...server, ...critical, 'inmesh.operation': 'shop.Catalog/Get', 'inmesh.policy': 'limits', 'inmesh.why': 'tenant' }, 1],
    ['rpc.server.call.duration', { 'rpc.system.name': 'grpc', 'rpc.method': 'shop.Catalog/Get', 'rpc.status_code': 'RESOURCE_EXHAUSTED' }, 0.002]],
  ['a request that overran', { type: 'request-overran', ...of, after: 9 }, ['inmesh.server.request.overran', { ...server, ...critical }, 1]],
  ['a request whose caller has gone', { type: 'request-hung-up', ...of, after: 9, began: true, wire: inbound },
    ['inmesh.server.request.hung_up', { ...server, ...critical, 'inmesh.began': true }, 1],
    ['http.server.request.duration', { ...route, 'error.type': 'hung-up' }, 0.009]],
]

function told(body: Body): MeshEvent {
  return { ...body, service: 'catalog', at: 0 } as MeshEvent
}

describe('what is written down of an event is', () => {
  test.each(table.map(([what, body, ...series]) => ({ what, body, series })))('$what', async ({ body, series }) => {
    const metered = new Metered()
    metered.hear(told(body))
    const points = await metered.points()
    expect(points.map(({ name, attributes, value }) => [name, attributes, value]).sort()).toEqual([...series].sort())
    for (const { name, attributes } of points) expect(Object.keys(attributes).filter((label) => !labelsOf(name).includes(label))).toEqual([])
  })
})

test('events that gauges answer for, and those that are for people, make no series', async () => {
  const metered = new Metered()
  metered.hear(
    told({ type: 'picked', operation: 'GET', endpoint: 'a', cause: 'first', ordinal: 0, ...picked }),
    told({ type: 'storm', share: 0 }),
    told({ type: 'severity-changed', endpoint: 'a', severity: 1 }),
    told({ type: 'engine-changed', engine: 'redis', state: 'lost', limit: 'l' }),
    told({ type: 'discovery-noted', note: 'one' }),
    told({ type: 'request-began', ...of, attempt: 0, waited: 0 }),
  )
  expect(await metered.points()).toEqual([])
})

test('an event that is not known is passed over', async () => {
  const metered = new Metered()
  metered.hear({ type: 'of-tomorrow', service: 's', at: 0 } as never)
  expect(await metered.points()).toEqual([])
})

test('each metric is written down by one of these events or answered by a gauge, with each of its labels, and nothing else is', async () => {
  const metered = new Metered({ endpoints: true, traces: { keep: true } })
  metered.hear(...table.map(([, body]) => told(body)))
  metered.observer.watch?.({ state: () => states })
  const seen = new Map<string, Set<string>>()
  for (const { name, attributes } of await metered.points()) seen.set(name, new Set([...(seen.get(name) ?? []), ...Object.keys(attributes)]))
  const expected = (Object.values(METRICS) as readonly Metric[]).map(({ name }) => [name, labelsOf(name).toSorted()])
  expect([...seen].map(([name, labels]) => [name, [...labels].sort()]).sort()).toEqual(expected.sort())
})

test('instruments have the kinds, units and buckets that the names say', async () => {
  const metered = new Metered({ endpoints: true, traces: { keep: true } })
  metered.hear(...table.map(([, body]) => told(body)))
  metered.observer.watch?.({ state: () => states })
  const expected = (Object.values(METRICS) as readonly Metric[]).map(({ name, unit, meaning: description }) => [name, { unit, description }])
  expect(await metered.kinds()).toEqual(Object.fromEntries(expected))
  const points = await metered.points()
  for (const { name, kind } of Object.values(METRICS)) {
    for (const { boundaries } of points.filter((point) => point.name === name)) expect(boundaries, name).toEqual(kind === 'histogram' ? BUCKETS : undefined)
  }
})

function labelsOf(name: string): readonly string[] {
  const metric = (Object.values(METRICS) as readonly Metric[]).find((one) => one.name === name)
  return [...(metric?.labels ?? []), ...(metric?.byEndpoint === true ? ['inmesh.endpoint'] : [])]
}
