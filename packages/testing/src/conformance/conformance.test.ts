import { describe, expect, test } from 'vitest'
import { recorder } from '../recorder.ts'
import type { ConformanceAdapter, Feature, RigOptions } from './adapter.ts'
import { behaviours, conformance } from './conformance.ts'

interface Collected {
  readonly name: string
  readonly fn: () => Promise<void>
}

function collect(adapter: ConformanceAdapter): { tests: Collected[]; report: ReturnType<typeof conformance> } {
  const tests: Collected[] = []
  const report = conformance({ test: (name, fn) => tests.push({ name, fn }) }, adapter)
  return { tests, report }
}

/** Answers every call with nothing, and closes. */
function idle(lacks: readonly Feature[] = []): ConformanceAdapter & { closed: number } {
  const adapter = {
    name: 'idle',
    lacks,
    closed: 0,
    start: async ({ replicas }: RigOptions) => ({
      replicas: Array.from({ length: replicas }, (_, i) => ({ key: `replica ${i}`, received: [], on: () => {}, refuse: async () => {} })),
      recorder: recorder(),
      call: async () => ({ code: 'OK' as const, text: async () => '', read: async () => undefined, trailers: async () => ({}), cancel: async () => {} }),
      held: () => 0,
      close: async () => { adapter.closed++ },
    }),
  }
  return adapter
}

describe('the conformance suite', () => {
  test('holds an adapter that lacks nothing to every behaviour', () => {
    const { tests, report } = collect(idle())
    expect(tests.map(({ name }) => name)).toEqual(behaviours.map(({ text }) => text))
    expect(report).toEqual({ ran: behaviours.map(({ text }) => text), lacking: [] })
  })

  test('leaves out what needs what an adapter declares to lack, and reports it', () => {
    const { tests, report } = collect(idle(['upgrade', 'trailers']))
    expect(report.lacking.map(({ lacks }) => lacks)).toEqual([['trailers'], ['upgrade']])
    expect(tests).toHaveLength(behaviours.length - 2)
  })

  test('says each thing once', () => {
    expect(new Set(behaviours.map(({ text }) => text)).size).toBe(behaviours.length)
  })

  test('fails an adapter that does nothing, in every behaviour, and closes each of its rigs', async () => {
    const adapter = idle()
    const { tests } = collect(adapter)
    const ends = await Promise.allSettled(tests.map(({ fn }) => fn()))
    const passed = ends.flatMap(({ status }, i) => (status === 'fulfilled' ? [tests[i]?.name] : []))
    expect(passed).toEqual([])
    expect(adapter.closed).toBeGreaterThanOrEqual(tests.length)
  })
})
