import type { MeshEvent } from '@inmesh/pipeline'
import { runInNewContext } from 'node:vm'
import { describe, expect, test } from 'vitest'
import { Recorder } from './recorder.ts'

const ejected = (endpoint: string, service = 'catalog'): MeshEvent => ({ type: 'ejected', service, at: 0, endpoint, why: 'consecutive', until: 5_000, length: 5_000, ejections: 1, tries: 5, failures: 5, consecutive: 5 })
const ended = (at: number, fails = false): MeshEvent => ({
  type: 'ended', service: 'catalog', at, operation: 'GET', latency: 5, tries: 1, fallback: false, criticality: 'CRITICAL',
  outcome: fails ? { kind: 'failure', code: 'UNAVAILABLE', status: 503, reach: 'processed', cause: Object.assign(new Error('bad', { cause: new Error('worse') }), { code: 'E_BAD', socket: {} }) } : { kind: 'success', code: 'OK' },
})
const endpoints = (recorder: Recorder, wanted = {}): unknown[] => recorder.list(wanted).map(({ event }) => ('endpoint' in event ? event.endpoint : event.type))

describe('what is recorded', () => {
  test('is the latest of each type, newest first', () => {
    const recorder = new Recorder(10)
    for (let i = 0; i < 25; i++) recorder.hear(ejected(`e${i}`))
    expect(endpoints(recorder)).toEqual(['e24', 'e23', 'e22', 'e21', 'e20', 'e19', 'e18', 'e17', 'e16', 'e15'])
  })

  test('is in the order of what happened, also where something is told a moment later', () => {
    const recorder = new Recorder(10)
    for (const at of [5, 7, 6, 7]) recorder.hear({ type: 'returned', service: 'catalog', at, endpoint: 'a', outFor: at })
    recorder.hear({ type: 'reachable', service: 'catalog', at: 7, endpoint: 'a', outFor: 1 })
    expect(recorder.list().map(({ event }) => `${event.type} ${event.at}`)).toEqual(['reachable 7', 'returned 7', 'returned 7', 'returned 6', 'returned 5'])
  })

  test('is washed out by no other type, however often that is told', () => {
    const recorder = new Recorder(10)
    recorder.hear(ejected('rare'))
    for (let i = 0; i < 100_000; i++) recorder.hear(ended(i))
    for (let i = 0; i < 1_000; i++) recorder.hear({ type: 'policy-changed', service: 'catalog', at: 0, chain: [] })
    expect(endpoints(recorder)).toContain('rare')
    expect(recorder.list()).toHaveLength(13)
  })

  test('is of calls one in a tenth of a second, and of those that failed one more', () => {
    const recorder = new Recorder(500)
    for (let at = 0; at < 1_000; at++) recorder.hear(ended(at, at % 10 === 5))
    const kept = recorder.list({ type: 'ended' }).map(({ event }) => event.at)
    expect(kept.toSorted((a, b) => a - b)).toEqual([0, 5, 100, 105, 200, 205, 300, 305, 400, 405, 500, 505, 600, 605, 700, 705, 800, 805, 900, 905])
    expect(recorder.counts()).toEqual({ ended: { seen: 1_000, kept: 20, sampled: true } })
  })

  test('is of each service for itself, so that a busy one hides no other, up to a bound', () => {
    const recorder = new Recorder(10)
    for (let i = 0; i < 100; i++) recorder.hear(ended(0))
    recorder.hear({ ...ended(0), service: 'quiet' })
    expect(recorder.list({ service: 'quiet' })).toHaveLength(1)
    for (let i = 0; i < 1_000; i++) recorder.hear(ejected('e', `s${i}`))
    expect(recorder.list({ type: 'ejected' })).toHaveLength(198 + 10)
    expect(recorder.list({ service: 's999' })).toHaveLength(1)
    expect(recorder.counts()['ejected']).toEqual({ seen: 1_000, kept: 208, sampled: false })
  })

  test('can be asked for by service, by type, and by whether it is a change', () => {
    const recorder = new Recorder(10)
    recorder.hear(ejected('a'))
    recorder.hear(ejected('b', 'stock'))
    recorder.hear({ type: 'returned', service: 'stock', at: 1, endpoint: 'b', outFor: 5 })
    expect(endpoints(recorder, { service: 'stock' })).toEqual(['b', 'b'])
    expect(endpoints(recorder, { service: 'stock', type: 'returned' })).toEqual(['b'])
    expect(endpoints(recorder, { type: 'toString' })).toEqual([])
    recorder.hear(ended(0))
    expect(endpoints(recorder, { changes: true })).toEqual(['b', 'b', 'a'])
    expect(endpoints(recorder, { changes: false })).toEqual(['ended'])
  })

  test('holds no error, but what it says', () => {
    const recorder = new Recorder(10)
    recorder.hear(ended(0, true))
    recorder.hear({ type: 'discovery-failed', service: 'catalog', at: 0, error: new TypeError('no') })
    recorder.hear({ type: 'discovery-failed', service: 'catalog', at: 0, error: { toString: () => 'odd' } })
    const [odd, failed, call] = recorder.list().map(({ event }) => event)
    expect(odd).toMatchObject({ error: '[object Object]' })
    expect(failed).toEqual({ type: 'discovery-failed', service: 'catalog', at: 0, error: { name: 'TypeError', message: 'no' } })
    expect(call).toMatchObject({ outcome: { cause: { name: 'Error', code: 'E_BAD', message: 'bad', cause: { name: 'Error', message: 'worse' } } } })
  })

  test('holds what an error says that another realm has made, such as Node’s own beside a test runner’s', () => {
    const recorder = new Recorder(10)
    recorder.hear({ type: 'discovery-failed', service: 'catalog', at: 0, error: runInNewContext("new TypeError('no')") })
    expect(recorder.list()[0]?.event).toMatchObject({ error: { name: 'TypeError', message: 'no' } })
  })

  test('is of a text no more than is ever told, and keeps nothing of the rest', () => {
    const recorder = new Recorder(10)
    const body = 'x'.repeat(1_000_000)
    recorder.hear({ type: 'discovery-failed', service: 'catalog', at: 0, error: new Error(body, { cause: body }) })
    recorder.hear({ type: 'discovery-failed', service: 'catalog', at: 0, error: body })
    expect(JSON.stringify(recorder.list()).length).toBeLessThan(3 * 8_200)
  })

  test('is gone once it is to be forgotten', () => {
    const recorder = new Recorder(10)
    recorder.hear(ejected('a'))
    recorder.forget()
    expect(recorder.list()).toEqual([])
  })
})
