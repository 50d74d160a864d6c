import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { root } from './blocks.ts'
import { filled, type DemoResult } from './fill-demo.ts'

const contender = (name: string, success: number): DemoResult['contenders'][number] => ({
  name,
  calls: 9200,
  success,
  latencyMs: { p50: 5.44, p99: 28.4, p999: 1801, max: 2000 },
  healthy: { latencyMs: { p99: 21.2 } },
  extraLoad: 0.0121,
  faults: [{ name: 'slow catalog-1', outOfTheWayMs: 4 }, { name: 'hang catalog-3', outOfTheWayMs: 949 }, { name: 'kill catalog-4', outOfTheWayMs: null }],
})
const result: DemoResult = {
  ok: true,
  seeds: [1, 2],
  date: '2026-11-23T18:00:00.000Z',
  machine: { cpu: 'a CPU', cores: 2, node: 'v24.21.0' },
  contenders: [contender('undici', 0.98765), contender('inmesh', 0.99996)],
}

describe('the table of the demo in README.md', () => {
  const page = 'before\n<!-- demo:begin (…) -->\nold\n<!-- demo:end -->\nafter\n'

  it('stands between its marks, in the place of the one before', () => {
    const once = filled(page, result)
    expect(once).toMatch(/^before\n<!-- demo:begin \(…\) -->\n\| \| undici \| inmesh \|\n/)
    expect(once).toContain('<!-- demo:end -->\nafter\n')
    expect(once).not.toContain('old')
    expect(filled(once, result)).toBe(once)
  })

  it('rounds towards the worse, and says what was felt to the end', () => {
    const text = filled(page, result)
    expect(text).toContain('| calls that succeeded | 98.76 % | 99.99 % |')
    expect(text).toContain('| extra load | 1.3 % | 1.3 % |')
    expect(text).toContain('| 5.4 ms · 28 ms · 1,801 ms |')
    expect(text).toContain('| felt by callers: slow · hang · kill | 0 · 0.9 s · to its end |')
    expect(text).toContain('the worst of 2 seeds')
  })

  it('has its marks in README.md', () => {
    expect(() => filled(readFileSync(join(root, 'README.md'), 'utf8'), result)).not.toThrow()
    expect(() => filled('no marks', result)).toThrow('marks')
    expect(() => filled(page, { ...result, ok: false })).toThrow('missed what it asserts')
  })
})
