import { status } from '@grpc/grpc-js'
import { expect, it } from 'vitest'
import { codeOf, httpStatusOf } from './statuses.ts'

it('codes are those of grpc-js by their numbers, and what means nothing is UNKNOWN', () => {
  for (const [name, number] of Object.entries(status)) if (typeof number === 'number') expect(codeOf(number)).toBe(name)
  expect([codeOf(17), codeOf(-1), codeOf(NaN), codeOf(1.5)]).toEqual(['UNKNOWN', 'UNKNOWN', 'UNKNOWN', 'UNKNOWN'])
})

it('what is the server\'s own failure is a 5xx, and what is its caller\'s is not', () => {
  expect(['UNKNOWN', 'INTERNAL', 'UNAVAILABLE', 'DATA_LOSS', 'DEADLINE_EXCEEDED', 'UNIMPLEMENTED'].map((code) => httpStatusOf(code as 'OK') >= 500)).toEqual([true, true, true, true, true, true])
  expect(['OK', 'CANCELLED', 'NOT_FOUND', 'INVALID_ARGUMENT', 'RESOURCE_EXHAUSTED', 'ABORTED', 'UNAUTHENTICATED'].some((code) => httpStatusOf(code as 'OK') >= 500)).toBe(false)
})
