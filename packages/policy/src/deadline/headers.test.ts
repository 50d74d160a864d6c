import * as fc from 'fast-check'
import { isDeepStrictEqual } from 'node:util'
import { describe, expect, it } from 'vitest'
import { counterexample } from '../counterexample.test-support.ts'
import type { Cause, Code } from '../types.ts'
import {
  formatEnvoyAttemptCount,
  formatGrpcPreviousAttempts,
  parseEnvoyAttemptCount,
  parseGrpcPreviousAttempts,
} from './attempt-count.ts'
import { formatAttemptMark, parseAttemptMark, parseDoNotRetry, parseRefused, suppressesExtraTries } from './attempt-mark.ts'
import { capCriticality, CRITICALITIES, parseCriticality } from './criticality.ts'
import { formatGrpcTimeout, parseGrpcTimeout } from './grpc-timeout.ts'
import type { HeaderValue } from './header-value.ts'
import { parseHttpDate } from './http-date.ts'
import { formatRateLimit, parseRateLimit, type RateLimitStatus } from './rate-limit-header.ts'
import { readRemainingTime, REMAINING_TIME_HEADERS } from './remaining-time.ts'
import { formatRetryAfter, parseRetryAfter } from './retry-after.ts'
import { formatPushback, parsePushback } from './retry-pushback.ts'
import { formatConnectTimeout, formatEnvoyTimeout, parseConnectTimeout, parseEnvoyTimeout } from './timeout-ms.ts'

const DAY = 86_400_000
const WALL = 784_111_777_000

describe('grpc-timeout', () => {
  it.each([['1H', 3_600_000], ['2M', 120_000], ['3S', 3_000], ['250m', 250], ['1500u', 1.5], ['99999999n', 99.999_999], ['0m', 0]])('reads %s', (text, ms) => {
    expect(parseGrpcTimeout(text)).toBeCloseTo(ms, 9)
  })

  it.each(['', 'm', '1', '1s', '-1S', '+1S', '1.5S', '1e3m', '123456789m', '0x1m', '1 S', '25H', 'S1', '１S'])('ignores %o', (text) => {
    expect(parseGrpcTimeout(text)).toBeUndefined()
  })

  it('is written rounded down and read back as no more than was left', () => {
    expect(counterexample(fc.double({ min: 0, max: DAY, noNaN: true }), (left) => {
      const read = parseGrpcTimeout(formatGrpcTimeout(left))!
      return read <= left && left - read <= (left < 10 ? 1e-3 : 1)
    })).toBeUndefined()
  })

  it('is not written without a deadline, and never as less than nothing', () => {
    expect(formatGrpcTimeout(Infinity)).toBeUndefined()
    expect(formatGrpcTimeout(NaN)).toBeUndefined()
    expect(formatGrpcTimeout(-5)).toBe('0u')
    expect(formatGrpcTimeout(1e15)).toBe('99999999S')
    expect(formatGrpcTimeout(1e8)).toBe('100000S')
  })
})

describe('timeouts in milliseconds', () => {
  it('are digits and nothing else', () => {
    expect(parseConnectTimeout('250')).toBe(250)
    expect(parseEnvoyTimeout(' 250 ')).toBe(250)
    for (const text of ['', ' ', '-1', '1.5', '1e3', '0x10', '250ms', '12345678901', '10, 10', 'NaN', 'Infinity']) {
      expect(parseConnectTimeout(text)).toBeUndefined()
      expect(parseEnvoyTimeout(text)).toBeUndefined()
    }
  })

  it('of 0 end a Connect call and say nothing to Envoy, for which it means no timeout', () => {
    expect(parseConnectTimeout('0')).toBe(0)
    expect(parseEnvoyTimeout('0')).toBeUndefined()
    expect(formatConnectTimeout(0.4)).toBe('0')
    expect(formatEnvoyTimeout(0.4)).toBe('1')
  })

  it('are written rounded down and read back', () => {
    expect(counterexample(fc.double({ min: 1, max: DAY, noNaN: true }), (left) => {
      const read = [parseConnectTimeout(formatConnectTimeout(left)), parseEnvoyTimeout(formatEnvoyTimeout(left))]
      return read.every((ms) => ms === Math.floor(left))
    })).toBeUndefined()
    expect(formatConnectTimeout(Infinity)).toBeUndefined()
    expect(formatEnvoyTimeout(Infinity)).toBeUndefined()
  })
})

describe('the remaining time of a request', () => {
  const read = (headers: Record<string, HeaderValue>): number | undefined => readRemainingTime((name) => headers[name])

  it('is that of the first header that parses', () => {
    expect(read({ 'grpc-timeout': '1S', 'connect-timeout-ms': '2000' })).toBe(1000)
    expect(read({ 'grpc-timeout': 'soon', 'connect-timeout-ms': '2000' })).toBe(2000)
    expect(read({ 'x-envoy-expected-rq-timeout-ms': '300', 'x-envoy-upstream-rq-timeout-ms': '400' })).toBe(300)
    expect(read({ 'x-envoy-expected-rq-timeout-ms': '-1', 'x-envoy-upstream-rq-timeout-ms': '400' })).toBe(400)
    expect(read({})).toBeUndefined()
  })

  it('is looked for in lower-case names', () => {
    expect(REMAINING_TIME_HEADERS.every((name) => name === name.toLowerCase())).toBe(true)
  })
})

describe('attempt counts', () => {
  it('are ordinals here, whether the wire counts from one or from none', () => {
    expect([parseEnvoyAttemptCount('1'), parseEnvoyAttemptCount('3')]).toEqual([0, 2])
    expect([parseGrpcPreviousAttempts('0'), parseGrpcPreviousAttempts('2')]).toEqual([0, 2])
    for (const text of ['', '-1', '1.5', 'two', '1001', '99999']) {
      expect(parseEnvoyAttemptCount(text)).toBeUndefined()
      expect(parseGrpcPreviousAttempts(text)).toBeUndefined()
    }
    expect(parseEnvoyAttemptCount('0')).toBeUndefined()
  })

  it('are read back as written; a first gRPC try carries none', () => {
    for (let ordinal = 0; ordinal < 20; ordinal++) expect(parseEnvoyAttemptCount(formatEnvoyAttemptCount(ordinal))).toBe(ordinal)
    for (let ordinal = 1; ordinal < 20; ordinal++) expect(parseGrpcPreviousAttempts(formatGrpcPreviousAttempts(ordinal))).toBe(ordinal)
    expect(formatGrpcPreviousAttempts(0)).toBeUndefined()
  })
})

describe('an HTTP date', () => {
  it('is read in all three forms', () => {
    for (const text of ['Sun, 06 Nov 1994 08:49:37 GMT', 'Sunday, 06-Nov-94 08:49:37 GMT', 'Sun Nov  6 08:49:37 1994']) {
      expect(parseHttpDate(text, WALL)).toBe(WALL)
    }
  })

  it('of two digits is never more than fifty years ahead', () => {
    const in2026 = 1_767_225_600_000
    expect(parseHttpDate('Friday, 01-Jan-70 00:00:00 GMT', in2026)).toBe(parseHttpDate('Fri, 01 Jan 2070 00:00:00 GMT', 0))
    expect(parseHttpDate('Friday, 01-Jan-77 00:00:00 GMT', in2026)).toBe(parseHttpDate('Fri, 01 Jan 1977 00:00:00 GMT', 0))
  })

  it.each(['', 'now', '1994-11-06', 'Sun, 06 Nov 1994 08:49:37 EST', 'Sun, 31 Feb 1994 08:49:37 GMT', 'Sun, 29 Feb 1900 08:49:37 GMT', 'Sun, 06 Foo 1994 08:49:37 GMT', 'Sun, 06 Nov 1994 24:00:00 GMT', 'Sun, 00 Nov 1994 08:49:37 GMT', 'sun, 06 nov 1994 08:49:37 gmt'])('is not %o', (text) => {
    expect(parseHttpDate(text, WALL)).toBeUndefined()
  })

  it('agrees with the engine on every day of four centuries', () => {
    for (let time = -25_567 * DAY; time < 120_530 * DAY; time += 12 * DAY + 12_345_000) {
      // oxlint-disable-next-line no-restricted-globals -- a given instant, and the engine as the oracle
      expect(parseHttpDate(new Date(time).toUTCString(), 0)).toBe(time)
    }
  })
})

describe('Retry-After', () => {
  it('is seconds or a date, as time from now', () => {
    expect(parseRetryAfter('120', WALL)).toBe(120_000)
    expect(parseRetryAfter('0', WALL)).toBe(0)
    expect(parseRetryAfter('Sun, 06 Nov 1994 08:50:07 GMT', WALL)).toBe(30_000)
    expect(parseRetryAfter('Sun, 06 Nov 1994 08:00:00 GMT', WALL)).toBe(0)
  })

  it('of more than a day, less than nothing, or no sense is ignored', () => {
    for (const text of ['86401', '-1', '1.5', 'soon', '', 'Sun, 06 Nov 2094 08:49:37 GMT']) expect(parseRetryAfter(text, WALL)).toBeUndefined()
  })

  it('is written in seconds, rounded up', () => {
    expect(counterexample(fc.double({ min: 1e-6, max: DAY, noNaN: true }), (wait) => {
      const read = parseRetryAfter(formatRetryAfter(wait), WALL)!
      return read >= wait && read - wait < 1000
    })).toBeUndefined()
    expect(formatRetryAfter(Infinity)).toBe('86400')
    expect(formatRetryAfter(-1)).toBe('0')
  })
})

describe('grpc-retry-pushback-ms', () => {
  it('says how long, or stop', () => {
    expect(parsePushback('250')).toBe(250)
    expect(parsePushback('0')).toBe(0)
    expect(parsePushback(undefined)).toBeUndefined()
    for (const value of ['-1', 'abc', '', '1.5', '99999999999', ['1', '2'], []]) expect(parsePushback(value)).toBe('stop')
  })

  it('is read back as written', () => {
    expect(counterexample(fc.integer({ min: 0, max: DAY }), (wait) => parsePushback(formatPushback(wait)) === wait)).toBeUndefined()
    for (const wait of ['stop', Infinity, NaN] as const) expect(parsePushback(formatPushback(wait))).toBe('stop')
  })
})

describe('RateLimit', () => {
  it('is a list of quotas', () => {
    expect(parseRateLimit('"default";r=50;t=30')).toEqual([{ policy: 'default', remaining: 50, resetIn: 30_000 }])
    expect(parseRateLimit('"burst";r=0 , daily;r=999;t=3600')).toEqual([
      { policy: 'burst', remaining: 0 },
      { policy: 'daily', remaining: 999, resetIn: 3_600_000 },
    ])
    expect(parseRateLimit(['"a";r=1', '"b";r=2'])).toEqual([{ policy: 'a', remaining: 1 }, { policy: 'b', remaining: 2 }])
  })

  it('is read past parameters that are not known', () => {
    expect(parseRateLimit('"a, \\"b\\"";pk=:cHsdsRa894==:;r=7; t=1;x="y;r=9";z;w=1.5')).toEqual([{ policy: 'a, "b"', remaining: 7, resetIn: 1000 }])
  })

  it('is read in its older form', () => {
    expect(parseRateLimit('limit=100, remaining=50, reset=5')).toEqual([{ policy: '', remaining: 50, resetIn: 5_000 }])
    expect(parseRateLimit('limit=100, remaining=50')).toEqual([{ policy: '', remaining: 50 }])
  })

  it('leaves out a time of more than a day', () => {
    expect(parseRateLimit('"month";r=5;t=2592000')).toEqual([{ policy: 'month', remaining: 5 }])
  })

  it.each(['', '"a"', '"a";r=-1', '"a";r=x', '"a";r=1;t=soon', '"a";r=1,', '"a";r=1 "b";r=2', '"a;r=1', 'remaining=1, remaining=2', 'limit=5', ';r=1', '"a";r=1;'])('ignores the whole of %o', (text) => {
    expect(parseRateLimit(text)).toBeUndefined()
  })

  it('is not read beyond sixteen quotas, nor at any length', () => {
    expect(parseRateLimit(Array(16).fill('a;r=1').join(','))).toHaveLength(16)
    expect(parseRateLimit(Array(17).fill('a;r=1').join(','))).toBeUndefined()
    expect(parseRateLimit(`"${'a'.repeat(2000)}";r=1`)).toBeUndefined()
  })

  it('is read back as written', () => {
    const quota: fc.Arbitrary<RateLimitStatus> = fc
      .record({
        policy: fc.string({ maxLength: 20 }).map((text) => text.replace(/[^ -~]/g, '')),
        remaining: fc.nat(),
        seconds: fc.option(fc.integer({ min: 0, max: 86_400 }), { nil: undefined }),
      })
      .map(({ policy, remaining, seconds }) => (seconds === undefined ? { policy, remaining } : { policy, remaining, resetIn: seconds * 1000 }))
    const lists = fc.array(quota, { minLength: 1, maxLength: 8 })
    expect(counterexample(lists, (quotas) => isDeepStrictEqual(parseRateLimit(formatRateLimit(quotas)), quotas))).toBeUndefined()
  })
})

describe('criticality', () => {
  it('is one of four names, in any case', () => {
    for (const name of CRITICALITIES) expect(parseCriticality(name.toLowerCase())).toBe(name)
    for (const text of ['', 'HIGH', 'CRITICAL-PLUS', '__proto__']) expect(parseCriticality(text)).toBeUndefined()
  })

  it('from outside is capped at CRITICAL, or at what is trusted', () => {
    expect(CRITICALITIES.map((c) => capCriticality(c))).toEqual(['CRITICAL', 'CRITICAL', 'SHEDDABLE_PLUS', 'SHEDDABLE'])
    expect(capCriticality('CRITICAL_PLUS', 'CRITICAL_PLUS')).toBe('CRITICAL_PLUS')
    expect(capCriticality('CRITICAL', 'SHEDDABLE')).toBe('SHEDDABLE')
  })
})

describe('the mark of a try', () => {
  it('is read back as written, and a first try carries none', () => {
    const written = (cause: Cause, after?: Code): unknown => parseAttemptMark(formatAttemptMark(cause, after))
    expect(formatAttemptMark('first')).toBeUndefined()
    expect(written('backup')).toEqual({ cause: 'backup' })
    expect(written('rescue')).toEqual({ cause: 'rescue' })
    expect(written('retry', 'INTERNAL')).toEqual({ cause: 'retry' })
    expect(written('retry', 'DEADLINE_EXCEEDED')).toEqual({ cause: 'retry', after: 'timeout' })
    expect(written('retry', 'UNAVAILABLE')).toEqual({ cause: 'retry', after: 'overload' })
    expect(written('retry', 'RESOURCE_EXHAUSTED')).toEqual({ cause: 'retry', after: 'overload' })
  })

  it('stops extra tries below a backup, a rescue, and a retry after overload or timeout', () => {
    const suppresses = (text: string): boolean => suppressesExtraTries(parseAttemptMark(text))
    expect(['backup', 'rescue', 'retry;after=overload', 'retry;after=timeout'].every(suppresses)).toBe(true)
    expect(['retry', 'first', '', 'retry;after=lunch'].some(suppresses)).toBe(false)
  })

  it('"do not retry" is 1 and nothing else', () => {
    expect(parseDoNotRetry('1')).toBe(true)
    for (const value of ['0', 'true', '', ['1', '1'], undefined]) expect(parseDoNotRetry(value)).toBe(false)
  })

  it('says that nothing was done only by 1', () => {
    expect(parseRefused('1')).toBe(true)
    for (const value of ['0', 'true', '', ['1', '1'], undefined]) expect(parseRefused(value)).toBe(false)
  })
})

describe('whatever comes in', () => {
  const PARSERS: Record<string, (value: HeaderValue) => unknown> = {
    parseGrpcTimeout,
    parseConnectTimeout,
    parseEnvoyTimeout,
    parseEnvoyAttemptCount,
    parseGrpcPreviousAttempts,
    parseRetryAfter: (value) => parseRetryAfter(value, WALL),
    parsePushback,
    parseRateLimit,
    parseCriticality,
    parseAttemptMark,
    parseDoNotRetry,
    parseRefused,
    readRemainingTime: (value) => readRemainingTime(() => value),
  }
  const near = fc.array(fc.constantFrom('1', '9', '0', '-', '.', 'm', 'S', 'H', '"', '\\', ';', '=', ',', ' ', 'r', 't', 'GMT', 'Sun, 06 Nov 1994 08:49:37', 'limit', 'remaining', 'a', '\u0000', '\u{1f600}')).map((parts) => parts.join(''))
  const text = fc.oneof(fc.string({ unit: 'binary' }), near)
  const value: fc.Arbitrary<HeaderValue> = fc.oneof(text, fc.array(text, { maxLength: 3 }), fc.constant(undefined))

  for (const [name, parse] of Object.entries(PARSERS)) {
    it(`${name} never throws, and answers no number that is negative or more than a day`, () => {
      expect(counterexample(value, (v) => {
        const read = parse(v)
        return typeof read !== 'number' || (read >= 0 && read <= DAY)
      }, 500)).toBeUndefined()
    })
  }

  it('twice the same header is no header, but for the list that RateLimit is', () => {
    for (const [name, sample] of [['parseGrpcTimeout', '1S'], ['parseConnectTimeout', '1'], ['parseEnvoyTimeout', '1'], ['parseRetryAfter', '1'], ['parseCriticality', 'CRITICAL'], ['parseAttemptMark', 'retry'], ['parseEnvoyAttemptCount', '1'], ['parseGrpcPreviousAttempts', '1']] as const) {
      const parse = PARSERS[name]!
      expect(parse([sample])).toEqual(parse(sample))
      expect(parse(sample)).toBeDefined()
      expect(parse([sample, sample])).toBeUndefined()
    }
  })

  it('longer than a thousand characters means nothing, be it spaces', () => {
    expect(parseConnectTimeout(`${' '.repeat(1000)}5`)).toBe(5)
    expect(parseConnectTimeout(`${' '.repeat(1024)}5`)).toBeUndefined()
  })

  it('a megabyte of the worst is read in no time', { timeout: 1000 }, () => {
    const bad = ['"'.repeat(1e6), '\\"'.repeat(5e5), ';a'.repeat(5e5), '1'.repeat(1e6), ' '.repeat(1e6), 'a;r=1,'.repeat(2e5)]
    const read = bad.flatMap((text) => Object.values(PARSERS).map((parse) => parse(text)))
    expect(new Set(read)).toEqual(new Set([undefined, 'stop', false]))
  })
})
