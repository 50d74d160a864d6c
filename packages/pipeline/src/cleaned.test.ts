import fc from 'fast-check'
import { expect, test } from 'vitest'
import { cleaned } from './cleaned.ts'

test('line breaks, control characters and halves of surrogate pairs are not passed on', () => {
  expect(cleaned('a\nb\r\nc\u2028d\u0000e\u009bf')).toBe('a b c d e f')
  expect(cleaned('x\ud800y')).toBe('x y')
  expect(cleaned('GET /items/:id')).toBe('GET /items/:id')
  expect(cleaned('Größe 😀')).toBe('Größe 😀')
})

test('whatever comes is short, on one line, and can be written in UTF-8', () => {
  fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 500 }), fc.integer({ min: 1, max: 400 }), (value, longest) => {
    const clean = cleaned(value, longest)
    expect(clean.length).toBeLessThanOrEqual(longest)
    expect(clean.isWellFormed()).toBe(true)
    expect(clean).not.toMatch(/[\r\n]/)
  }))
})

test('a huge value is cut, also between the halves of a pair', () => {
  expect(cleaned('x'.repeat(1_000_000))).toHaveLength(128)
  expect(cleaned(`${'x'.repeat(127)}😀`)).toBe(`${'x'.repeat(127)} `)
})
