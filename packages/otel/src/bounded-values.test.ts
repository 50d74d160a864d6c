import { expect, test } from 'vitest'
import { BoundedValues } from './bounded-values.ts'

test('the first so many values keep their names, and all others share one', () => {
  const values = new BoundedValues(2)
  expect(['a', 'b', 'c', 'a', 'b', 'd'].map((value) => values.of(value))).toEqual(['a', 'b', 'other', 'a', 'b', 'other'])
})

test('values that are the same once they are clean take one place', () => {
  const values = new BoundedValues(2)
  expect(['a\nb', 'a\rb', 'a b', 'c'].map((value) => values.of(value))).toEqual(['a b', 'a b', 'a b', 'c'])
})
