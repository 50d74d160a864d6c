import { expect, it } from 'vitest'
import type { Repeat } from '../types.ts'
import { mayRepeat } from './repeat.ts'

it('lets be repeated what is listed as repeatable, and nothing else, whatever the word', () => {
  const allowed = (repeat: unknown): boolean[] => (['unsent', 'refused', 'processed'] as const).map((reach) => mayRepeat(repeat as Repeat, reach))
  expect(allowed('concurrent')).toEqual([true, true, true])
  expect(allowed('sequential')).toEqual([true, true, true])
  expect(allowed('if-unprocessed')).toEqual([true, true, false])
  for (const word of ['never', 'Never', 'no', 'once', false, null, undefined, 0]) expect(allowed(word)).toEqual([false, false, false])
})
