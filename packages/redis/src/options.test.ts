import { describe, expect, it } from 'vitest'
import { termsOf, type RedisOptions } from './options.ts'

describe('options', () => {
  it('have defaults, and a name of its own for each engine', () => {
    const terms = termsOf({})
    expect(terms).toEqual({ prefix: 'inmesh', commandTimeout: 100, heartbeat: 1000, weight: 1, id: expect.stringMatching(/^[\w-]{12}$/) })
    expect(termsOf({}).id).not.toBe(terms.id)
  })

  it('take lengths of time with their unit, and all that they say they take', () => {
    expect(termsOf({ prefix: 'shop:eu.1/a_b-c', commandTimeout: '50ms', heartbeat: '2s', weight: 0.01, id: 'pod-7' }))
      .toEqual({ prefix: 'shop:eu.1/a_b-c', commandTimeout: 50, heartbeat: 2000, weight: 0.01, id: 'pod-7' })
    for (const commandTimeout of [10, 5000]) expect(termsOf({ commandTimeout })).toMatchObject({ commandTimeout })
    for (const heartbeat of [100, 20_000]) expect(termsOf({ heartbeat })).toMatchObject({ heartbeat })
  })

  it('that are wrong are refused whole, with every mistake', () => {
    const wrong = { prefix: '{shop}', commandTimeout: 9, heartbeat: '21s', weight: 0, id: '', timeout: 5 } as unknown as RedisOptions
    expect(() => termsOf(wrong)).toThrow(new TypeError([
      'redis.prefix: got "{shop}" (accepted: 1–64 letters, digits, ".", "_", "-", "/" and ":")',
      "redis.commandTimeout: got 9 (accepted: milliseconds as a number ≥ 0, or '250ms', '2s', '1m', '1h'; from 10 to 5000 ms)",
      "redis.heartbeat: got \"21s\" (accepted: milliseconds as a number ≥ 0, or '250ms', '2s', '1m', '1h'; from 100 to 20000 ms)",
      'redis.weight: got 0 (accepted: a number from 0.01 to 100)',
      'redis.id: got "" (accepted: a text of 1–64 characters)',
      'redis.timeout: unknown option (accepted: prefix, commandTimeout, heartbeat, weight, id)',
    ].join('\n')))
  })

  it.each([NaN, Infinity, -1, '1', null])('%s is no weight', (weight) => {
    expect(() => termsOf({ weight } as RedisOptions)).toThrow(/^redis\.weight/)
  })
})
