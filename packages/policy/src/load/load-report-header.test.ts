import * as fc from 'fast-check'
import { isDeepStrictEqual } from 'node:util'
import { describe, expect, it } from 'vitest'
import { counterexample } from '../counterexample.test-support.ts'
import { formatLoadReport, type LoadReportForm, parseLoadReport, parseLoadReportBin, readLoadReport } from './load-report-header.ts'
import type { LoadReport } from './report.ts'
import { anyReport, inPlainObjects } from './reports.test-support.ts'

const FORMS: readonly LoadReportForm[] = ['json', 'text', 'bin']

/** The example of Envoy's own tests (test/common/orca/orca_parser_test.cc), in its three forms. */
const example: LoadReport = {
  cpuUtilization: 0.7,
  memUtilization: 0.9,
  applicationUtilization: 0.8,
  rpsFractional: 1000,
  eps: 2,
  namedMetrics: { foo: 123, bar: 0.2 },
  utilization: { total: 0.5 },
}

const read = (value: Parameters<typeof parseLoadReport>[0]): LoadReport | undefined => inPlainObjects(parseLoadReport(value))

describe('endpoint-load-metrics', () => {
  it('is read as Envoy reads it: JSON, or pairs with an equals sign, or with a colon', () => {
    const json = '{"cpu_utilization": 0.7, "application_utilization": 0.8, "mem_utilization": 0.9, "rps_fractional": 1000, "eps": 2, "named_metrics": {"foo": 123,"bar": 0.2}, "utilization": {"total": 0.5}}'
    const pairs = 'cpu_utilization=0.7,application_utilization=0.8,mem_utilization=0.9,rps_fractional=1000,eps=2,named_metrics.foo=123,named_metrics.bar=0.2,utilization.total=0.5'
    expect(read(`JSON ${json}`)).toEqual(example)
    expect(read(`TEXT ${pairs}`)).toEqual(example)
    expect(read(`TEXT ${pairs.replaceAll('=', ':')}`)).toEqual(example)
    expect(read(`TEXT ${pairs.replaceAll(',', ' , ')}`)).toEqual(example)
  })

  it('is written under ORCA’s names', () => {
    expect(formatLoadReport({ cpuUtilization: 0.7, namedMetrics: { queue: 3 } }, 'json')).toBe('JSON {"cpu_utilization":0.7,"named_metrics":{"queue":3}}')
    expect(formatLoadReport({ cpuUtilization: 0.7, namedMetrics: { queue: 3 } }, 'text')).toBe('TEXT cpu_utilization=0.7,named_metrics.queue=3')
    expect(formatLoadReport({ cpuUtilization: 0.5, rpsFractional: 100, eps: 2, namedMetrics: { rif: 4 } }, 'bin')).toBe('BIN CQAAAAAAAOA/MQAAAAAAAFlAOQAAAAAAAABAQg4KA3JpZhEAAAAAAAAQQA')
  })

  it('is read back as written, in every form', () => {
    expect(counterexample(fc.tuple(anyReport, fc.constantFrom(...FORMS)), ([report, form]) => {
      const written = formatLoadReport(report, form)
      if (written === undefined) return Object.keys(report).length === 0
      const { requestCost: _, ...rest } = report
      return isDeepStrictEqual(read(written), form === 'text' ? rest : report)
    })).toBeUndefined()
  })

  it('is not written where there is nothing to say, and what cannot be written is left out', () => {
    for (const form of FORMS) {
      expect(formatLoadReport({}, form)).toBeUndefined()
      expect(formatLoadReport({ cpuUtilization: 0, eps: -1, rpsFractional: NaN, memUtilization: Infinity }, form)).toBeUndefined()
      expect(formatLoadReport({ namedMetrics: { '': 1, 'a,b': 1, 'a=b': 1, 'a:b': 1, 'a"b': 1, 'a\\b': 1, 'a b': 1, 'a\r\nb': 1, ä: 1, ['x'.repeat(129)]: 1, constructor: 1, fine: NaN } }, form)).toBeUndefined()
      const many = Object.fromEntries(Array.from({ length: 40 }, (_, at) => [`m${at}`, at]))
      expect(Object.keys(read(formatLoadReport({ namedMetrics: many }, form))?.namedMetrics ?? {})).toHaveLength(32)
    }
  })

  it('never makes a header that its own reader finds too long', () => {
    const long = Object.fromEntries(Array.from({ length: 32 }, (_, at) => [`${'x'.repeat(124)}${at}`, 1 / 3]))
    expect(formatLoadReport({ namedMetrics: long }, 'text')).toBeUndefined()
  })

  it.each([
    '', 'JSON', 'JSON ', 'TEXT ', 'BIN ', '{}', 'cpu_utilization=0.7', 'YAML a: 1', 'json {}', 'BAD random-value', 'JSON []', 'JSON null', 'JSON 1', 'JSON {', 'JSON not json',
    'JSON {"cpu_utilization":-1}', 'JSON {"cpu_utilization":"0.7"}', 'JSON {"cpu_utilization":true}', 'JSON {"eps":1e999}', 'JSON {"named_metrics":[1]}', 'JSON {"named_metrics":3}',
    'JSON {"named_metrics":{"a":"1"}}', 'JSON {"named_metrics":{"":1}}', 'JSON {"named_metrics":{"__proto__":1}}', 'JSON {"utilization":{"constructor":1}}', 'JSON {"utilization":{"a":-1}}', 'JSON {"rps":-1}', 'JSON {"rps":"many"}',
    'TEXT cpu_utilization', 'TEXT cpu_utilization=', 'TEXT =1', 'TEXT cpu_utilization="0.7"', 'TEXT cpu_utilization=nan', 'TEXT cpu_utilization=inf', 'TEXT cpu_utilization=-1', 'TEXT cpu_utilization=0x1', 'TEXT cpu_utilization=1_0',
    'TEXT cpu_utilization=1e999', 'TEXT cpu_utilization=0.7,cpu_utilization=0.7', 'TEXT cpu_utilization=0.7,cpu_utilization:0.7', 'TEXT cpu_utilization=0.7,,eps=1', 'TEXT named_metrics.=1', 'TEXT utilization.=1', 'TEXT named_metrics.__proto__=1', 'TEXT eps=1,newer=much',
    'BIN ====', 'BIN !!', 'BIN CQ', 'BIN CQAAAAAAAOA',
  ])('ignores %o', (text) => {
    expect(parseLoadReport(text)).toBeUndefined()
  })

  it('that comes twice, or is longer than 4,096 characters, is ignored', () => {
    expect(parseLoadReport(['TEXT eps=1'])).toEqual({ eps: 1 })
    expect(parseLoadReport(['TEXT eps=1', 'TEXT eps=1'])).toBeUndefined()
    expect(parseLoadReport([])).toBeUndefined()
    expect(parseLoadReport(undefined)).toBeUndefined()
    expect(parseLoadReport(`TEXT eps=1${' '.repeat(4086)}`)).toEqual({ eps: 1 })
    expect(parseLoadReport(`TEXT eps=1${' '.repeat(4087)}`)).toBeUndefined()
  })

  it('may say more than this reader knows, for whoever is newer', () => {
    expect(read('JSON {"eps":1,"newer":{"a":[1]},"cpu_utilization":null,"named_metrics":null}')).toEqual({ eps: 1 })
    expect(read('TEXT eps=1,newer=2')).toEqual({ eps: 1 })
    expect(read('JSON {}')).toEqual({})
  })

  it('is read under the names of protobuf’s JSON too, and ORCA’s older whole rate where there is no newer one', () => {
    expect(read('JSON {"cpuUtilization":0.7,"namedMetrics":{"foo":1}}')).toEqual({ cpuUtilization: 0.7, namedMetrics: { foo: 1 } })
    expect(read('JSON {"rps":"300"}')).toEqual({ rpsFractional: 300 })
    expect(read('JSON {"rps":300,"rps_fractional":1.5}')).toEqual({ rpsFractional: 1.5 })
  })

  it('has at most 32 numbers of a kind', () => {
    const named = (count: number): string => Array.from({ length: count }, (_, at) => `named_metrics.m${at}=${at}`).join(',')
    expect(Object.keys(parseLoadReport(`TEXT ${named(32)},utilization.a=1`)?.namedMetrics ?? {})).toHaveLength(32)
    expect(parseLoadReport(`TEXT ${named(33)}`)).toBeUndefined()
  })

  it('takes no name of it for a method of objects', () => {
    const metrics = parseLoadReport('TEXT named_metrics.toString=1')?.namedMetrics
    expect(Object.getPrototypeOf(metrics)).toBeNull()
    expect(metrics?.['hasOwnProperty']).toBeUndefined()
    expect(parseLoadReport('JSON {"__proto__":{"cpu_utilization":1}}')).toEqual({})
    expect(({} as { cpuUtilization?: number }).cpuUtilization).toBeUndefined()
  })
})

describe('endpoint-load-metrics-bin', () => {
  it('is base64, with its padding or, as grpc-go has it, without', () => {
    // Taken by Envoy’s tests from a backend of grpc-go.
    const value = 'CQAAAAAAAOA/MQAAAAAAAFlAOQAAAAAAAABAQg4KA3JpZhEAAAAAAAAQQA'
    const said = { cpuUtilization: 0.5, rpsFractional: 100, eps: 2, namedMetrics: { rif: 4 } }
    expect(inPlainObjects(parseLoadReportBin(value))).toEqual(said)
    expect(inPlainObjects(parseLoadReportBin(`${value}==`))).toEqual(said)
    for (const text of ['', '=', value.slice(0, 40), `${value}!`, [value, value]]) expect(parseLoadReportBin(text)).toBeUndefined()
  })

  it('goes before the text of the same reply', () => {
    const headers: Record<string, string> = { 'endpoint-load-metrics': 'TEXT eps=1', 'endpoint-load-metrics-bin': 'CQAAAAAAAOA' }
    expect(readLoadReport((name) => headers[name])).toBeUndefined()
    delete headers['endpoint-load-metrics-bin']
    expect(readLoadReport((name) => headers[name])).toEqual({ eps: 1 })
    expect(readLoadReport(() => undefined)).toBeUndefined()
  })
})

describe('whatever a header says', () => {
  const part = fc.constantFrom('cpu_utilization', 'eps', 'rps', 'named_metrics', 'named_metrics.', 'utilization.', '__proto__', 'constructor', '=', ':', ',', '{', '}', '"', '[', ']', '0.7', '-1', '1e999', 'NaN', ' ', '\0', 'é')
  const body = fc.oneof(fc.string({ unit: 'binary' }), fc.array(part, { maxLength: 30 }).map((parts) => parts.join('')), fc.json(), fc.base64String())
  const header = fc.tuple(fc.constantFrom('', 'JSON ', 'TEXT ', 'BIN '), body).map(([form, text]) => form + text)

  it('nothing is thrown, and what is read has no number that is not one', () => {
    expect(counterexample(header, (value) => {
      for (const report of [parseLoadReport(value), parseLoadReportBin(value)]) {
        if (report !== undefined && !Object.values(report).every((field) => typeof field === 'number' ? field > 0 && field < Infinity : Object.values(field).every(Number.isFinite))) return false
      }
      return true
    }, 5_000)).toBeUndefined()
  })
})
