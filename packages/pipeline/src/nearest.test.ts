import fc from 'fast-check'
import { expect, test } from 'vitest'
import { nearest } from './nearest.ts'

const known = ['maxExtraTries', 'codes', 'backoff', 'mode', 'timeout']

test.each([
  ['maxExtraTrys', 'maxExtraTries'],
  ['maxextratries', 'maxExtraTries'],
  ['cods', 'codes'],
  ['mdoe', 'mode'],
  ['timeoutMs', 'timeout'],
  ['bakcoff', 'backoff'],
])('%s is a slip for %s', (word, meant) => {
  expect(nearest(word, known)).toBe(meant)
})

test.each(['', 'x', 'fallback', 'rate', 'completelyDifferent', 'm'.repeat(10_000)])('%s is no slip for any', (word) => {
  expect(nearest(word, known)).toBeUndefined()
})

test('one slip of the fingers in a long word is always understood', () => {
  const slip = fc.record({ at: fc.nat(12), letter: fc.constantFrom('', 'q', 'xy') })
  fc.assert(fc.property(slip, ({ at, letter }) => {
    const word = 'maxExtraTries'
    expect(nearest(word.slice(0, at) + letter + word.slice(at + 1), known)).toBe(word)
  }))
})
