import { Metadata } from '@grpc/grpc-js'
import { expect, it } from 'vitest'
import { headersOf } from './headers-of.ts'

it('metadata reads as headers do: one line is a text, more are a list, bytes are base64', () => {
  const metadata = new Metadata()
  metadata.set('x-tenant-id', 'a')
  metadata.add('x-list', '1')
  metadata.add('x-list', '2')
  metadata.set('x-some-bin', Buffer.from('bytes'))
  metadata.set('__proto__', 'b')
  const headers = headersOf(metadata, Infinity)
  expect(Object.entries(headers)).toEqual([['x-tenant-id', 'a'], ['x-list', ['1', '2']], ['x-some-bin', 'Ynl0ZXM=']])
  expect([headers['constructor'], Object.getPrototypeOf(headers)]).toEqual([undefined, null])
})

it('the deadline is what is left of it, whichever way it is written, and never less than nothing', () => {
  const left = (deadline: Date | number): number => Number(/^(\d+)m$/.exec(String(headersOf(new Metadata(), deadline)['grpc-timeout']))?.[1])
  expect(left(Date.now() + 60_000)).toBeGreaterThan(50_000)
  expect(left(Date.now() + 60_000)).toBeLessThanOrEqual(60_000)
  expect(left(new Date(Date.now() + 60_000))).toBeGreaterThan(50_000)
  expect(headersOf(new Metadata(), Date.now() - 5)['grpc-timeout']).toBe('0u')
})
