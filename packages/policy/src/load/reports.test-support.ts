import * as fc from 'fast-check'
import type { LoadReport, Metrics } from './report.ts'

const level = fc.double({ min: 0, max: 1e12, minExcluded: true, noNaN: true })
const name = fc.stringMatching(/^[a-z][a-z0-9_.-]{0,20}$/).filter((text) => text !== 'constructor' && text !== 'prototype')

function metrics(value: fc.Arbitrary<number>): fc.Arbitrary<Metrics> {
  return fc.dictionary(name, value, { minKeys: 1, maxKeys: 8, noNullPrototype: true })
}

/** Any report that can be written whole. */
export const anyReport: fc.Arbitrary<LoadReport> = fc.record({
  cpuUtilization: level,
  memUtilization: level,
  applicationUtilization: level,
  rpsFractional: level,
  eps: level,
  namedMetrics: metrics(fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => value + 0)),
  utilization: metrics(fc.double({ min: 0, max: 1, noNaN: true }).map((value) => value + 0)),
  requestCost: metrics(fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => value + 0)),
}, { requiredKeys: [], noNullPrototype: true })

/** What was read has objects without prototypes inside, which no comparison takes for plain ones. */
export function inPlainObjects(report: LoadReport | undefined): LoadReport | undefined {
  return report && Object.fromEntries(Object.entries(report).map(([field, value]) => [field, typeof value === 'number' ? value : { ...(value as Metrics) }]))
}
