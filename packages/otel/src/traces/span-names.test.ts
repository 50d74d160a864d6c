import type { ClientWire, MeshEvent } from '@inmesh/pipeline'
import * as semconv from '@opentelemetry/semantic-conventions'
import { runInNewContext } from 'node:vm'
import { expect, test } from 'vitest'
import { LabelValues } from '../label-values.ts'
import { spanEvent } from './span-events.ts'
import { endpointFacts, outcomeFacts, replyFacts, statusFacts, tryFacts } from './span-facts.ts'
import { CONVENTIONAL_ATTRIBUTES, REFUSED_ON, SPAN_ATTRIBUTES, SPAN_EVENTS } from './span-names.ts'
import { spansPage } from './spans-page.ts'
import { Traced } from './traces.test-support.ts'

const values = new LabelValues()
const known = (name: string): boolean => name in SPAN_ATTRIBUTES || name in CONVENTIONAL_ATTRIBUTES || name.startsWith(REFUSED_ON)

test('the page of spans is the one that the names make (update it with vitest -u)', async () => {
  await expect(spansPage()).toMatchFileSnapshot('../../../../docs/spans.md')
})

test('what is by the conventions is in them, as stable', () => {
  const stable: ReadonlySet<unknown> = new Set(Object.values(semconv))
  expect(Object.keys(CONVENTIONAL_ATTRIBUTES).filter((name) => !stable.has(name))).toEqual([])
  expect(Object.keys(SPAN_ATTRIBUTES).filter((name) => !name.startsWith('inmesh.'))).toEqual([])
})

test('spans have no attribute and no event that is not explained', () => {
  const t = new Traced(true, { limit: { rate: 100, per: 1000, burst: 20, maxWait: 5 }, timeout: { total: 300 }, backup: { after: 20, maxExtraLoad: 0.05 }, retry: { maxExtraTries: 1 }, drop: { ratios: 1, mode: 'observe' }, fallback: { reply: () => 'none' } })
  t.s.series(100, 10, { repeat: 'always' })
  t.s.backend.on('a').hang()
  t.s.backend.on('b').fail('UNAVAILABLE', { reach: 'refused' })
  t.s.series(100, 2, { repeat: 'always' })
  t.s.clock.advance(5000)
  const spans = t.spans()
  expect(spans.flatMap(({ attributes, events }) => [...Object.keys(attributes), ...events.flatMap((event) => Object.keys(event.attributes))]).filter((name) => !known(name))).toEqual([])
  expect(new Set(spans.flatMap(({ events }) => events.map(({ name }) => name)).filter((name) => !(name in SPAN_EVENTS)))).toEqual(new Set())
  expect(spans.some(({ links }) => links.length > 0)).toBe(true)
})

const call = { service: 's', operation: 'GET /a', deadline: Infinity, url: 'https://user:secret@catalog.test/a?sig=secret&b=1' }
const attempt = (onWire: ClientWire): Parameters<typeof tryFacts>[1] => ({ call: { ...call, onWire }, cause: 'retry', ordinal: 1, start: 0 }) as never

test.each([{ a: 1 }, undefined, 5])('an error whose message is no text (%j) is told by its code, and its span ends', (message) => {
  expect(statusFacts({ kind: 'failure', code: 'UNKNOWN', reach: 'unsent', cause: Object.assign(new Error('x'), { message }) })?.message).toBe('UNKNOWN')
})

test.each([
  ['its address', 'https://user:p@ss@catalog.test/a', 'https://REDACTED:REDACTED@catalog.test/a'],
  ['the sentence of an error', 'cannot be constructed from a URL that includes credentials: http://user:secret@catalog.test/?sig=secret twice', 'cannot be constructed from a URL that includes credentials: http://REDACTED:REDACTED@catalog.test/?sig=REDACTED twice'],
  ['what has none', 'a@b and http://catalog.test/a@b', 'a@b and http://catalog.test/a@b'],
])('credentials of URLs are nowhere on a span: in %s', (_, message, told) => {
  expect(statusFacts({ kind: 'failure', code: 'UNKNOWN', reach: 'unsent', cause: new Error(message) })?.message).toBe(told)
  expect(tryFacts(values, { ...attempt({ protocol: 'http', method: 'GET', address: 'catalog.test', port: 443 }), call: { ...call, url: message, onWire: { protocol: 'http', method: 'GET', address: 'catalog.test', port: 443 } } } as never).attributes['url.full']).toBe(told)
})

test('a try over HTTP is what the conventions have for one, without what is secret in its address', () => {
  expect(tryFacts(values, attempt({ protocol: 'http', method: 'GET', address: 'catalog.test', port: 443 }))).toMatchObject({
    name: 'GET /a', kind: 2,
    attributes: { 'http.request.method': 'GET', 'http.request.resend_count': 1, 'server.address': 'catalog.test', 'server.port': 443, 'url.full': 'https://REDACTED:REDACTED@catalog.test/a?sig=REDACTED&b=1' },
  })
  expect(endpointFacts(values, call as never, 'https://[::1]:8443')).toEqual({ 'inmesh.endpoint': 'https://[::1]:8443', 'network.peer.address': '::1', 'network.peer.port': 8443 })
  expect(endpointFacts(values, call as never, 'a')).toEqual({ 'inmesh.endpoint': 'a' })
  expect(endpointFacts(values, call as never, undefined)).toEqual({})
})

test('a try of gRPC is what the conventions have for one', () => {
  expect(tryFacts(values, attempt({ protocol: 'grpc', address: 'catalog' }))).toMatchObject({ kind: 2, attributes: { 'rpc.system.name': 'grpc', 'rpc.method': 'GET /a', 'server.address': 'catalog' } })
  expect(replyFacts({ kind: 'failure', code: 'UNAVAILABLE', reach: 'refused' }, { protocol: 'grpc', address: 'catalog' })).toEqual({ 'rpc.status_code': 'UNAVAILABLE' })
})

test.each([
  [{ kind: 'failure', code: 'UNAVAILABLE', status: 503, reach: 'refused' }, { 'inmesh.outcome': 'failure', 'inmesh.code': 'UNAVAILABLE', 'error.type': '503', 'http.response.status_code': 503 }],
  [{ kind: 'failure', code: 'UNAVAILABLE', reach: 'unsent', cause: Object.assign(new Error('no'), { code: 'ECONNREFUSED' }) }, { 'inmesh.outcome': 'failure', 'inmesh.code': 'UNAVAILABLE', 'error.type': 'ECONNREFUSED' }],
  [{ kind: 'failure', code: 'INTERNAL', reach: 'processed' }, { 'inmesh.outcome': 'failure', 'inmesh.code': 'INTERNAL', 'error.type': 'INTERNAL' }],
  // The conventions have it for an error, and it says nothing against who answered.
  [{ kind: 'success', code: 'NOT_FOUND', status: 404 }, { 'inmesh.outcome': 'success', 'inmesh.code': 'NOT_FOUND', 'http.response.status_code': 404, 'error.type': '404' }],
  [{ kind: 'ignored', why: 'superseded' }, { 'inmesh.outcome': 'superseded' }],
] as const)('the outcome of a try: %o', (outcome, facts) => {
  const wire: ClientWire = { protocol: 'http', method: 'GET', address: 'catalog' }
  expect({ ...outcomeFacts(outcome), ...replyFacts(outcome, wire) }).toEqual(facts)
})

test('a span that failed says what its error says, whichever realm has made that; else the code', () => {
  const failed = (cause?: unknown): ReturnType<typeof statusFacts> => statusFacts({ kind: 'failure', code: 'UNAVAILABLE', reach: 'unsent', cause })
  expect([failed(new Error('no')), failed(runInNewContext("new Error('no')")), failed('no'), failed()].map((status) => status?.message)).toEqual(['no', 'no', 'UNAVAILABLE', 'UNAVAILABLE'])
  expect(statusFacts({ kind: 'success', code: 'OK' })).toBeUndefined()
})

test('a step that threw is an event of the call that it threw in', () => {
  const event: MeshEvent = { type: 'interceptor-failed', service: 's', at: 0, interceptor: 'classify\n', error: new Error('no') }
  expect(spanEvent(event)).toEqual(['inmesh.interceptor.failed', { 'inmesh.interceptor': 'classify ' }])
})
