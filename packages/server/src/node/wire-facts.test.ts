import { expect, test } from 'vitest'
import { wireOf } from './wire-facts.ts'

test('a request is one object for all of its method and scheme', () => {
  expect(wireOf('GET', false)).toEqual({ protocol: 'http', method: 'GET', scheme: 'http' })
  expect(wireOf('GET', true)).toEqual({ protocol: 'http', method: 'GET', scheme: 'https' })
  expect(wireOf('GET', true)).toBe(wireOf('GET', true))
})

test('a method that is none is told as it came, and not kept', () => {
  expect(wireOf('BREW', false)).toEqual({ protocol: 'http', method: 'BREW', scheme: 'http' })
  expect(wireOf('BREW', false)).not.toBe(wireOf('BREW', false))
})
