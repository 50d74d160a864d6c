import { expect, it } from 'vitest'
import { OperationNames } from './operation-names.ts'

it('as many routes as a service has keep their names, and what comes after shares one', () => {
  const names = new OperationNames()
  const of = (at: number): string => names.of(`GET /items/${at}`, 'GET')
  const all = new Set(Array.from({ length: 1_000 }, (_, at) => of(at)))
  expect(all.size).toBe(201)
  expect([of(0), of(199), of(200), of(999)]).toEqual(['GET /items/0', 'GET /items/199', 'other', 'other'])
})

it('a method is one that HTTP knows, and takes no route its place', () => {
  const names = new OperationNames()
  for (let at = 0; at < 1_000; at++) names.of(undefined, `X${at}`)
  expect([names.of(undefined, 'X1'), names.of(undefined, 'PATCH'), names.of('GET /items', 'GET')]).toEqual(['other', 'PATCH', 'GET /items'])
})
