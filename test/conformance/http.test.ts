import { conformance, type ConformanceReport } from '@inmesh/testing'
import { describe, expect, test } from 'vitest'
import { overDispatcher, overFetch } from './http-adapters.ts'

for (const adapter of [overFetch(false), overDispatcher(false), overFetch(true), overDispatcher(true)]) {
  describe(`http by ${adapter.name}`, () => {
    const report: ConformanceReport = conformance({ test }, adapter)

    test('lacks nothing but what it declares', () => {
      expect(report.lacking.flatMap(({ lacks }) => lacks).toSorted()).toEqual([...(adapter.lacks ?? [])].toSorted())
      expect(report.ran.length + report.lacking.length).toBeGreaterThan(30)
    })
  })
}
