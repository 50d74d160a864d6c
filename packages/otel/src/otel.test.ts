import { testService } from '@inmesh/testing'
import { metrics, type Meter, type MeterProvider } from '@opentelemetry/api'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { Metered } from './metrics/meter.test-support.ts'
import { METRICS } from './metrics/names.ts'
import { states } from './metrics/states.test-support.ts'
import { otel } from './otel.ts'

afterEach(() => metrics.disable())

const gauges: ReadonlySet<string> = new Set(Object.values(METRICS).filter(({ kind }) => kind === 'gauge' || kind === 'total').map(({ name }) => name))

const warnings = () => vi.spyOn(process, 'emitWarning').mockImplementation(() => {})

describe('without an SDK', () => {
  test('nothing is done, and calls are made as ever', () => {
    const warned = warnings()
    const s = testService()
    s.service.observers.add(otel())
    expect(s.call().outcome?.kind).toBe(undefined)
    s.clock.advance(100)
    expect(s.calls[0]?.outcome?.kind).toBe('success')
    expect(warned).not.toHaveBeenCalled()
  })

  test('one that is registered later is found, by events and by gauges', async () => {
    const metered = new Metered()
    const observer = otel()
    observer.watch?.({ state: () => states })
    observer({ type: 'policy-changed', service: 'catalog', at: 0, chain: [] })
    metrics.setGlobalMeterProvider(metered.provider)
    observer({ type: 'policy-changed', service: 'catalog', at: 0, chain: [] })
    expect(await metered.points('inmesh.policy.changes')).toMatchObject([{ value: 1 }])
    expect(await metered.points('inmesh.server.in_flight')).toMatchObject([{ value: 5 }])
  })
})

describe('an API that throws', () => {
  const broken = (): never => { throw new Error('the exporter is broken') }
  const instrument = { add: broken, record: broken }
  const meter = { createHistogram: () => instrument, createCounter: () => instrument, createObservableGauge: () => ({}), addBatchObservableCallback: () => {} } as unknown as Meter
  const providers: Record<string, MeterProvider> = {
    'as a meter is asked for': { getMeter: broken },
    'as instruments are made': { getMeter: () => ({ createHistogram: broken }) as unknown as Meter },
    'as something is recorded': { getMeter: () => meter },
  }

  test.each(Object.keys(providers))('%s never reaches a call, and is told of once', (when) => {
    const warned = warnings()
    const s = testService({ retry: { maxExtraTries: 1 } }, { endpoints: 2 })
    s.backend.on('a').fail('UNAVAILABLE')
    s.service.observers.add(otel({ meterProvider: providers[when]! }))
    s.series(20, 400, { repeat: 'always' })
    s.clock.advance(1000)
    expect(s.calls.every(({ outcome }) => outcome?.kind === 'success')).toBe(true)
    expect(warned).toHaveBeenCalledTimes(1)
    expect(warned.mock.calls[0]?.[0]).toContain('otel: what OpenTelemetry was told it answered with an error')
  })

  test('is not asked for its instruments again: an exporter would have those twice that it has made', () => {
    warnings()
    const getMeter = vi.fn(broken)
    const observer = otel({ meterProvider: { getMeter } })
    for (let i = 0; i < 3; i++) observer({ type: 'policy-changed', service: 's', at: 0, chain: [] })
    expect(getMeter).toHaveBeenCalledTimes(1)
  })

  test('what is asked for its state and throws leaves the rest of the metrics alone', async () => {
    const warned = warnings()
    const metered = new Metered()
    metered.observer.watch?.({ state: broken })
    metered.hear({ type: 'policy-changed', service: 's', at: 0, chain: [] })
    expect(await metered.points()).toHaveLength(1)
    expect(await metered.points()).toHaveLength(1)
    expect(warned).toHaveBeenCalledTimes(1)
  })
})

describe('the options', () => {
  const tried = { type: 'tried', service: 's', at: 0, operation: 'GET', endpoint: '10.0.0.1:80', cause: 'first', ordinal: 0, latency: 1, outcome: { kind: 'success', code: 'OK', status: 200 }, wire: { protocol: 'http', method: 'GET', address: 's' } } as const
  const names = async (metered: Metered): Promise<string[]> => (await metered.points()).map(({ name }) => name).sort()

  test('conventions records all, none or some of them', async () => {
    for (const [conventions, expected] of [[true, true], [false, false], [['http.client'], true], [['rpc.client', 'http.server'], false]] as const) {
      const metered = new Metered({ conventions })
      metered.hear(tried)
      expect(await names(metered)).toEqual([...(expected ? ['http.client.request.duration'] : []), 'inmesh.try.duration'])
    }
  })

  test('endpoints tells apart by endpoint, and only then', async () => {
    for (const endpoints of [false, true]) {
      const metered = new Metered({ endpoints })
      metered.hear(tried, { ...tried, endpoint: '10.0.0.4:80' })
      expect((await metered.points('inmesh.try.duration')).map(({ attributes }) => attributes['inmesh.endpoint'])).toEqual(endpoints ? ['10.0.0.1:80', '10.0.0.4:80'] : [undefined])
      expect((await metered.points('http.client.request.duration'))).toHaveLength(1)
    }
  })
})

describe('labels', () => {
  const ended = (operation: string) => ({ type: 'ended', service: 's', at: 0, operation, outcome: { kind: 'success', code: 'OK' }, latency: 1, tries: 1, fallback: false, criticality: 'CRITICAL' }) as const

  test('are clean and short', async () => {
    const metered = new Metered()
    metered.hear(ended('GET /a\n\ud800b'), ended('x'.repeat(100_000)))
    expect((await metered.points('inmesh.call.duration')).map(({ attributes }) => attributes['inmesh.operation'])).toEqual(['GET /a b', 'x'.repeat(128)])
  })

  test('of operations are 200 for each service, and all others share one', async () => {
    const metered = new Metered()
    for (let i = 0; i < 10_000; i++) metered.hear(ended(`GET /items/${i}`))
    metered.hear({ ...ended('GET /of-another'), service: 't' })
    const points = await metered.points('inmesh.call.duration')
    expect(points).toHaveLength(202)
    expect(points.find(({ attributes }) => attributes['inmesh.operation'] === 'other')?.count).toBe(9800)
    expect(points.at(-1)?.attributes).toMatchObject({ 'inmesh.service': 't', 'inmesh.operation': 'GET /of-another' })
  })
})

describe('counters of what is rare', () => {
  const counters = async (metered: Metered) => (await metered.points()).filter(({ name }) => !gauges.has(name)).map(({ name, attributes, value }) => [[name, ...Object.values(attributes)].join(' '), value])
  const ofService = ['inmesh.budget.empty catalog retry', 'inmesh.budget.empty catalog backup', 'inmesh.ejection.panics catalog', 'inmesh.discovery.failures catalog', 'inmesh.policy.changes catalog']
  const ofEndpoint = (endpoint: string): readonly string[] => [
    ...['consecutive', 'failure-rate', 'success-rate', 'probe'].map((why) => `inmesh.ejection.enforced ${endpoint} ${why}`),
    ...['inmesh.ejection.probes', 'inmesh.ejection.returns', 'inmesh.endpoint.kept_off'].map((name) => `${name} ${endpoint}`),
  ]

  test.each([[false, ofEndpoint('catalog')], [true, [...ofEndpoint('catalog a'), ...ofEndpoint('catalog b')]]] as const)('begin at 0 with what they are of, since one that begins at 1 has not grown for Prometheus; endpoints: %s', async (endpoints, expected) => {
    const metered = new Metered({ endpoints })
    metered.observer.watch?.({ state: () => states })
    const told = [...ofService, ...expected].map((id) => [id, 0])
    expect((await counters(metered)).sort()).toEqual(told.sort())
    metered.hear({ type: 'returned', service: 'catalog', at: 0, endpoint: 'a', outFor: 1 })
    expect((await counters(metered)).filter(([, value]) => value !== 0)).toEqual([[endpoints ? 'inmesh.ejection.returns catalog a' : 'inmesh.ejection.returns catalog', 1]])
  })
})

describe('gauges', () => {
  test('are answered as they are read, by the states of what is watched', async () => {
    const metered = new Metered({ traces: { keep: true } })
    const letGo = metered.observer.watch?.({ state: () => states })
    const told = Object.fromEntries((await metered.points()).filter(({ name }) => gauges.has(name)).map(({ name, attributes, value }) => [[name, ...Object.values(attributes)].join(' '), value]))
    expect(told).toEqual({
      'inmesh.observer.faults': 3, 'inmesh.trace.dropped': 0,
      'inmesh.budget.balance catalog retry': 7, 'inmesh.budget.balance catalog backup': 0.5, 'inmesh.backup.share catalog': 0.25, 'inmesh.breaker.probability catalog': 0.1, 'inmesh.ejection.in_panic catalog': 1,
      'inmesh.concurrency.limit catalog': 10, 'inmesh.concurrency.in_flight catalog': 4, 'inmesh.concurrency.waiting catalog': 1, 'inmesh.lease.slots catalog/concurrency': 10,
      'inmesh.engine.state catalog/concurrency redis up': 1, 'inmesh.engine.state catalog/concurrency redis connecting': 0, 'inmesh.engine.state catalog/concurrency redis lost': 0, 'inmesh.engine.processes catalog/concurrency redis': 3,
      'inmesh.engine.state catalog/limit redis up': 1, 'inmesh.engine.state catalog/limit redis connecting': 0, 'inmesh.engine.state catalog/limit redis lost': 0, 'inmesh.engine.processes catalog/limit redis': 3,
      'inmesh.endpoint.count catalog in': 1, 'inmesh.endpoint.count catalog ejected': 1, 'inmesh.endpoint.count catalog due': 0, 'inmesh.endpoint.count catalog probing': 0,
      'inmesh.endpoint.count catalog ramp': 0, 'inmesh.endpoint.count catalog kept-off': 0, 'inmesh.endpoint.count catalog unreachable': 0, 'inmesh.endpoint.in_flight catalog': 3,
      'inmesh.limit.admitted catalog': 70, 'inmesh.server.limit.admitted shop tenant': 80, 'inmesh.server.in_flight shop': 5, 'inmesh.server.waiting shop': 6, 'inmesh.server.draining shop': 1, 'inmesh.server.admission.limit shop': 20, 'inmesh.server.admission.overloaded shop': 1,
    })
    letGo?.()
    const left = (await metered.points()).filter(({ value }) => value !== 0).map(({ name, value }) => [name, value])
    // Totals stay: one that went down would seem to have begun anew.
    expect(left).toEqual([['inmesh.limit.admitted', 70], ['inmesh.observer.faults', 3], ['inmesh.server.limit.admitted', 80]])
  })

  test('of an endpoint that is gone go to 0, since the SDK reports for ever what it was told last', async () => {
    const metered = new Metered({ endpoints: true })
    let state = states
    metered.observer.watch?.({ state: () => state })
    await metered.points()
    const [catalog] = states.services
    state = { services: [{ ...catalog!, endpoints: catalog!.endpoints.slice(0, 1) }], servers: [], observerFaults: 0 }
    const points = await metered.points()
    expect(new Set(points.filter(({ attributes }) => attributes['inmesh.endpoint'] === 'b').map(({ value }) => value))).toEqual(new Set([0]))
    expect(points.filter(({ name, value }) => name === 'inmesh.endpoint.count' && value > 0)).toHaveLength(1)
  })

  test('by endpoint say of each what they say of all otherwise', async () => {
    const metered = new Metered({ endpoints: true })
    metered.observer.watch?.({ state: () => states })
    const by = async (name: string) => Object.fromEntries((await metered.points(name)).filter(({ value }) => value > 0).map(({ attributes, value }) => [`${String(attributes['inmesh.endpoint'])} ${String(attributes['inmesh.state'] ?? '')}`.trim(), value]))
    expect(await by('inmesh.endpoint.count')).toEqual({ 'a in': 1, 'b ejected': 1 })
    expect(await by('inmesh.endpoint.in_flight')).toEqual({ a: 2, b: 1 })
    expect(await by('inmesh.endpoint.severity')).toEqual({ b: 0.9 })
    expect(await by('inmesh.endpoint.cost')).toEqual({ a: 1, b: 4 })
  })
})
