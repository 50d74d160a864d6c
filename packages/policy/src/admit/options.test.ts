import { expect, it } from 'vitest'
import { Admission } from './admission.ts'
import { ADMISSION_DEFAULTS, rulesOf } from './options.ts'

it('takes an option that is undefined for absent, and refuses nobody for it', () => {
  const none = { min: undefined, max: undefined, initial: undefined, shares: undefined, queue: undefined, maxWait: undefined, targetDelay: undefined } as object
  expect(rulesOf(none)).toEqual(ADMISSION_DEFAULTS)
  expect(new Admission<string>(none).arrive('a', 'CRITICAL', Infinity, 0)).toBe('start')
})

it('takes a greatest limit that is set alone at its word, although the least is more by default', () => {
  expect(rulesOf({ max: 2 })).toMatchObject({ min: 2, max: 2, initial: 2 })
})
