import { describe, expect, it } from 'vitest'
import { decodeLoadReport, IN_FLIGHT_METRIC, type LoadReport } from '@inmesh/policy'
import { ReportBytes } from './report-bytes.ts'

const report: LoadReport = { cpuUtilization: 0.5, eps: 2, namedMetrics: { queue: 7, [IN_FLIGHT_METRIC]: 1, [`${IN_FLIGHT_METRIC}_max`]: 40 }, utilization: { [`${IN_FLIGHT_METRIC}_pool`]: 0.5, event_loop: 0.25 } }

describe('the message of a report', () => {
  it('tells what is in flight now, and the rest as it was', () => {
    const bytes = new ReportBytes(report)
    for (const now of [0, 1, 3, 70_000]) {
      expect(decodeLoadReport(bytes.with(now)!)).toEqual({ ...report, namedMetrics: { ...report.namedMetrics, [IN_FLIGHT_METRIC]: now } })
    }
  })

  it('is whoever\'s it is given to', () => {
    const bytes = new ReportBytes(report)
    bytes.with(3)!.fill(0)
    expect(decodeLoadReport(bytes.with(1)!)).toEqual(report)
  })

  it('is as it was where it tells of nothing in flight', () => {
    const { namedMetrics: _, ...others } = report
    expect(decodeLoadReport(new ReportBytes(others).with(5)!)).toEqual(others)
  })

  it('is none where it is longer than anybody reads', () => {
    const names = Object.fromEntries(Array.from({ length: 30 }, (_, at) => [`${'x'.repeat(100)}${at}`, at]))
    expect(new ReportBytes({ namedMetrics: { [IN_FLIGHT_METRIC]: 1, ...names }, utilization: names }).with(1)).toBeUndefined()
  })
})
