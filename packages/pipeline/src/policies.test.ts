import { describe, expect, test } from 'vitest'
import { backup, breaker, concurrency, drop, fallback, limit, rescue, retry, timeout } from './policies.ts'

/** As from code without types. */
const given = (policy: (...args: never[]) => unknown, ...args: unknown[]) => (): unknown => policy(...args as never[])

describe('a policy for compose', () => {
  test.each<[string, () => unknown]>([
    ['limit.rate: got nothing (accepted: a number above 0)', given(limit, {})],
    ['limit.rate: got nothing (accepted: a number above 0)', given(limit)],
    ['limit.rate: got 0 (accepted: a number above 0)', given(limit, { rate: 0 })],
    ['limit.brust: unknown option; did you mean burst? (accepted: rate, per, burst, key, maxKeys, maxWait, scope, weight, byCriticality, engineLost, minProcesses, engine, mode)', given(limit, { rate: 1, brust: 3 })],
    ["limit.weight: got 2 (accepted: only with scope: 'global', without which it means nothing)", given(limit, { rate: 1, weight: 2 })],
    ['breaker.k: got 0.5 (accepted: a number from 1 to 100)', given(breaker, { k: 0.5 })],
    ['concurrency.backoff: got 1 (accepted: a number from 0.1 to 0.99)', given(concurrency, { backoff: 1 })],
    ['concurrency.perEndpoint: unknown option (accepted: min, max, initial, increase, backoff, latencyAbove, queue, maxWait, scope, weight, engineLost, minProcesses, engine, mode)', given(concurrency, { perEndpoint: 5 })],
    ["concurrency.max: got nothing (accepted: a whole number from 1 to 1,000,000: with scope: 'global' it is the limit of all processes together)", given(concurrency, { scope: 'global' })],
    ["concurrency.min: got 2 (accepted: only with scope: 'process': of all processes together the limit is max, and nothing is learnt)", given(concurrency, { scope: 'global', max: 2, min: 2 })],
    ["concurrency.weight: got 2 (accepted: only with scope: 'global', without which it means nothing)", given(concurrency, { weight: 2 })],
    ['concurrency.scope: got "globl"; did you mean global? (accepted: process, global)', given(concurrency, { scope: 'globl' })],
    ['concurrency.engineLost: got "shut" (accepted: local-share, open, closed)', given(concurrency, { scope: 'global', max: 2, engineLost: 'shut' })],
    ['concurrency.engine: got { join } (accepted: an engine, such as redis(client) of @inmesh/redis)', given(concurrency, { scope: 'global', max: 2, engine: { join: () => {} } })],
    ['backup.maxExtraLoad: got 20 (accepted: a number from 0 to 1)', given(backup, { maxExtraLoad: 20 })],
    ['retry.maxExtraTrys: unknown option; did you mean maxExtraTries? (accepted: maxExtraTries, codes, backoff, budget, mode)', given(retry, { maxExtraTrys: 2 })],
    ['retry.maxExtraTries: got 1.5 (accepted: a whole number from 0 to 10)', given(retry, { maxExtraTries: 1.5 })],
    ['retry.backoff.mni: unknown option; did you mean min? (accepted: min, max)', given(retry, { backoff: { mni: 5 } })],
    ["retry.codes: got a list of 1 (accepted: a list of codes, such as ['UNAVAILABLE', 503])", given(retry, { codes: [777] })],
    ['retry: got 3 (accepted: { maxExtraTries, codes, backoff, budget, mode })', given(retry, 3)],
    ['rescue.afterMedians: got 1 (accepted: a number from 2 to 10,000)', given(rescue, { afterMedians: 1 })],
    ['rescue.mode: got "no"; did you mean on? (accepted: off, observe, on, or { enforce: a number from 0 to 1 })', given(rescue, { mode: 'no' })],
    ['drop: got 30 (accepted: a number from 0 to 1, or { CRITICAL_PLUS, CRITICAL, SHEDDABLE_PLUS, SHEDDABLE })', given(drop, 30)],
    ['drop.SHEDABLE: unknown option; did you mean SHEDDABLE? (accepted: CRITICAL_PLUS, CRITICAL, SHEDDABLE_PLUS, SHEDDABLE)', given(drop, { SHEDABLE: 1 })],
    ['drop.mode: got 2 (accepted: off, observe, on, or { enforce: a number from 0 to 1 })', given(drop, 0.1, { mode: 2 })],
    ['fallback: got "x" (accepted: a function)', given(fallback, 'x')],
    ["timeout: got nothing (accepted: milliseconds as a number ≥ 0, or '250ms', '2s', '1m', '1h')", given(timeout)],
  ])('refuses with: %s', (line, make) => {
    expect(make).toThrow(new TypeError(line))
  })

  test('lists every mistake', () => {
    expect(given(backup, { maxExtraLoad: 20, aftre: 3, mode: 'off' })).toThrow(/^backup\.maxExtraLoad: .*\nbackup\.aftre: .*$/)
    expect(given(concurrency, { scope: 'global', weight: 0, initial: 5, latencyAbove: 'x' })).toThrow(/^concurrency\.weight: .*\nconcurrency\.latencyAbove: .*\nconcurrency\.max: .*\nconcurrency\.initial: .*$/)
  })

  test('takes what belongs to another scope while that is written out', () => {
    expect(given(concurrency, { scope: 'process', max: 5, weight: 2, engineLost: 'open', minProcesses: 3 })).not.toThrow()
    expect(given(concurrency, { scope: 'global', max: 5, weight: 2, engineLost: 'open', minProcesses: 3, queue: 2, maxWait: '1s' })).not.toThrow()
  })

  test('takes what is undefined as absent, and a part of a mode', () => {
    expect(given(limit, { rate: 1, per: undefined, mode: { enforce: 0.1 } })).not.toThrow()
    expect(given(limit, { rate: undefined })).toThrow('limit.rate: got nothing')
    expect(given(drop, { SHEDDABLE: 1, CRITICAL: undefined })).not.toThrow()
  })
})
