import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { counterexample } from '../counterexample.test-support.ts'
import { inFlightIn } from './in-flight.ts'
import { formatLoadReport, parseLoadReport } from './load-report-header.ts'
import { anyReport } from './reports.test-support.ts'

describe('requests in flight, in a load report', () => {
  it('are what the whole report says, in every form', () => {
    const input = fc.tuple(anyReport, fc.nat(999_999_999), fc.constantFrom('json', 'text', 'bin'))
    expect(counterexample(input, ([report, inFlight, form]) => {
      const text = formatLoadReport({ ...report, namedMetrics: { ...report.namedMetrics, in_flight: inFlight } }, form)
      return inFlightIn(text) === inFlight && parseLoadReport(text)?.namedMetrics?.['in_flight'] === inFlight
    })).toBeUndefined()
  })

  it('may stand anywhere, with spaces, with a colon, and with a fraction that nobody needs', () => {
    expect(inFlightIn('JSON { "named_metrics" : { "a": 1, "in_flight" : 12 } }')).toBe(12)
    expect(inFlightIn('TEXT named_metrics.in_flight=12')).toBe(12)
    expect(inFlightIn('TEXT eps=1, named_metrics.in_flight : 12.7 , cpu_utilization=1')).toBe(12)
    expect(inFlightIn('JSON {"named_metrics":{"in_flight":12.0}}')).toBe(12)
    expect(inFlightIn(['JSON {"named_metrics":{"in_flight":3}}'])).toBe(3)
  })

  it.each([
    '', 'JSON {}', 'JSON {"named_metrics":{"in_flight":"3"}}', 'JSON {"named_metrics":{"in_flight":-3}}', 'JSON {"named_metrics":{"in_flight":1e9}}', 'JSON {"named_metrics":{"in_flight":1234567890}}',
    'JSON {"named_metrics":{"not_in_flight":3}}', 'TEXT named_metrics.in_flights=3', 'TEXT utilization.named_metrics.in_flight=3', 'TEXT named_metrics.in_flight=-3', 'TEXT named_metrics.in_flight=3x', 'TEXT in_flight=3',
    '"in_flight":3}', 'BIN ', 'BIN CQAAAAAAAOA/', 'named_metrics.in_flight=3',
  ])('are not in %o', (text) => {
    expect(inFlightIn(text)).toBeUndefined()
  })

  it('are read from no header that is absent, comes twice or is too long', () => {
    const text = 'JSON {"named_metrics":{"in_flight":3}}'
    for (const value of [undefined, [text, text], text + ' '.repeat(4096)]) expect(inFlightIn(value)).toBeUndefined()
  })
})
