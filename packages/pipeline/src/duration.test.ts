import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { durationOf, parseDuration, type Duration } from './duration.ts'

describe('a duration', () => {
  test.each([
    [250, 250], [0, 0], [0.5, 0.5], ['250ms', 250], ['2s', 2000], ['1.5s', 1500], ['1m', 60_000], ['1h', 3_600_000],
  ])('%j is %d ms', (value, ms) => {
    expect(parseDuration(value)).toBe(ms)
  })

  test.each([-1, Number.NaN, Infinity, '250', '', 'ms', '-2s', '2 s', '2S', '1d', '1e3ms', '.5s', '0x1s', ' 2s', '2s ', null, undefined, {}, [], true])(
    '%j is none',
    (value) => {
      expect(parseDuration(value)).toBeUndefined()
    },
  )

  test('of a call that is none says which option, what was got and what is accepted', () => {
    expect(() => durationOf('2 s' as Duration, 'timeout')).toThrow(/^timeout: got "2 s", accepted: milliseconds as a number ≥ 0, or '250ms'/)
  })

  test('is never negative and never throws while it is parsed, whatever comes in', () => {
    fc.assert(fc.property(fc.anything(), (value) => {
      const ms = parseDuration(value)
      expect(ms === undefined || (ms >= 0 && ms < Infinity)).toBe(true)
    }))
  })

  test('of any length of digits parses to a finite number or not at all', () => {
    expect(parseDuration(`${'9'.repeat(400)}s`)).toBeUndefined()
  })
})
