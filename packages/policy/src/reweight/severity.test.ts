import { describe, expect, it } from 'vitest'
import { Severity } from './severity.ts'

const STEP = 0.1
const DECAY = 5_000

function failing(times: number, severity: number, every = 0): Severity {
  const of = new Severity()
  for (let i = 0; i < times; i++) of.add(severity, i * every, STEP, DECAY)
  return of
}

describe('Severity', () => {
  it('moves a tenth of the way with each completed try', () => {
    const severity = failing(1, 1)
    expect(severity.read(0, DECAY)).toBeCloseTo(0.1, 9)
    severity.add(1, 0, STEP, DECAY)
    expect(severity.read(0, DECAY)).toBeCloseTo(0.19, 9)
    severity.add(0, 0, STEP, DECAY)
    expect(severity.read(0, DECAY)).toBeCloseTo(0.171, 9)
  })

  it('approaches the severity of the only code that is answered, and no more', () => {
    expect(failing(200, 1).read(0, DECAY)).toBeCloseTo(1, 6)
    expect(failing(200, 10).read(0, DECAY)).toBeCloseTo(10, 6)
  })

  it('fades by itself, also when no try comes', () => {
    expect(failing(200, 1).read(5_000, DECAY)).toBeCloseTo(1 / Math.E, 3)
    expect(failing(200, 1).read(60_000, DECAY)).toBe(0)
  })

  it('is nothing at all after enough successes', () => {
    const severity = failing(5, 1)
    for (let i = 0; i < 100; i++) severity.add(0, 0, STEP, DECAY)
    expect(severity.read(0, DECAY)).toBe(0)
  })

  it('tells when it crosses a coarse step, either way, and not at every try', () => {
    const severity = new Severity()
    const crossings = Array.from({ length: 60 }, (_, i) => severity.add(i < 30 ? 1 : 0, 0, STEP, DECAY))
    expect(crossings.flatMap((crossed, i) => (crossed ? [i] : []))).toEqual([0, 6, 36, 51])
  })
})
