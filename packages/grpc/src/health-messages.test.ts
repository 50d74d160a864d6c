import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodeHealthRequest, decodeHealthResponse, encodeHealthRequest, encodeHealthResponse } from './health-messages.ts'

describe('messages of grpc.health.v1', () => {
  it('are the bytes that protobuf has for them', () => {
    expect([...encodeHealthRequest({ service: 'ab' })]).toEqual([0x0a, 2, 0x61, 0x62])
    expect([...encodeHealthRequest({ service: '' })]).toEqual([])
    expect([...encodeHealthResponse({ status: 'NOT_SERVING' })]).toEqual([0x08, 2])
  })

  it('come back as they were', () => {
    fc.assert(fc.property(fc.string({ unit: 'grapheme', maxLength: 400 }), (service) => {
      expect(decodeHealthRequest(encodeHealthRequest({ service }))).toEqual({ service })
    }))
    for (const status of ['UNKNOWN', 'SERVING', 'NOT_SERVING', 'SERVICE_UNKNOWN'] as const) expect(decodeHealthResponse(encodeHealthResponse({ status }))).toEqual({ status })
  })

  it('are read past fields that nobody knows, of all types, and the last of two counts', () => {
    const others = [0x10, 0x96, 0x01, 0x19, 1, 2, 3, 4, 5, 6, 7, 8, 0x22, 1, 0x7a, 0x2d, 1, 2, 3, 4]
    expect(decodeHealthRequest(Buffer.from([0x0a, 1, 0x61, ...others, 0x0a, 1, 0x62]))).toEqual({ service: 'b' })
    expect(decodeHealthResponse(Buffer.from([...others, 0x08, 1]))).toEqual({ status: 'SERVING' })
    expect(decodeHealthResponse(Buffer.from([]))).toEqual({ status: 'UNKNOWN' })
    expect(decodeHealthResponse(Buffer.from([0x08, 9]))).toEqual({ status: 'UNKNOWN' })
  })

  it.each([['ends within a field', [0x0a, 5, 0x61]], ['ends within a number', [0x80]], ['has a number without an end', Array.from({ length: 30 }, () => 0x80)], ['has a group', [0x0b]]])('are refused where one %s', (_, bytes) => {
    expect(() => decodeHealthRequest(Buffer.from(bytes))).toThrow(RangeError)
  })

  it('of anybody end in a message or an error, never in a loop', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
      try {
        expect(typeof decodeHealthRequest(bytes).service).toBe('string')
      } catch (error) {
        expect(error).toBeInstanceOf(RangeError)
      }
    }))
  })
})
