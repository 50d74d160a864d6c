import { brotliCompressSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { decodedBody } from './decoded-body.ts'

const text = JSON.stringify({ code: 'SOLD_OUT', items: Array.from({ length: 50 }, (_, i) => `item ${i * 7919}`) })

function decoded(encoding: string | undefined, body: Buffer, maxBytes = 1_000_000): string {
  return decodedBody(encoding === undefined ? {} : { 'content-encoding': encoding }, [body.subarray(0, 5), body.subarray(5)], maxBytes).toString()
}

describe('the first bytes of a body', () => {
  test.each([
    ['gzip', gzipSync(text)], ['x-gzip', gzipSync(text)], ['deflate', deflateSync(text)], ['br', brotliCompressSync(text)], ['zstd', zstdCompressSync(text)], ['GZIP ', gzipSync(text)],
  ])('are what the caller reads when they came as %s', (encoding, body) => {
    expect(decoded(encoding, body)).toBe(text)
  })

  test('are what came where nothing is encoded, or in a way that is not known', () => {
    expect([decoded(undefined, Buffer.from(text)), decoded('identity', Buffer.from(text)), decoded('rot13', Buffer.from(text))]).toEqual([text, text, text])
  })

  test.each([['gzip', gzipSync(text)], ['br', brotliCompressSync(text)]])('of %s are decoded as far as they go', (encoding, body) => {
    const part = decoded(encoding, body.subarray(0, Math.floor(body.length * 0.8)))
    expect(text.startsWith(part)).toBe(true)
    expect(part.length).toBeGreaterThan(10)
  })

  test('are no more than was asked for, and nothing of what unfolds without end or is broken', () => {
    expect(decoded('gzip', gzipSync(text), 20)).toBe(text.slice(0, 20))
    expect(decoded('gzip', gzipSync(Buffer.alloc(50_000_000)), 1000)).toBe('')
    expect(decoded('gzip', Buffer.from('no gzip at all'))).toBe('')
    expect(decoded('br', Buffer.alloc(0))).toBe('')
  })
})
