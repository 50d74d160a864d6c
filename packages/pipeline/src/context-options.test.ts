import { expect, test } from 'vitest'
import { assertContextOptions } from './context-options.ts'

const fn = (): void => {}

test.each([
  [{ timeout: '5' }, "withCall.options.timeout: got \"5\" (accepted: milliseconds as a number ≥ 0, or '250ms', '2s', '1m', '1h')"],
  [{ criticality: 'SHEDABLE' }, 'withCall.options.criticality: got "SHEDABLE"; did you mean SHEDDABLE? (accepted: CRITICAL_PLUS, CRITICAL, SHEDDABLE_PLUS, SHEDDABLE)'],
  [{ noRetry: 'yes' }, 'withCall.options.noRetry: got "yes" (accepted: true or false)'],
  [{ noRetries: true }, 'withCall.options.noRetries: unknown option; did you mean noRetry? (accepted: timeout, criticality, noRetry)'],
  ['1s', 'withCall.options: got "1s" (accepted: { timeout, criticality, noRetry })'],
])('%j is refused with what is accepted', (options, line) => {
  expect(() => assertContextOptions(options, fn)).toThrow(new TypeError(line))
})

test('all mistakes are told at once, of the function too', () => {
  expect(() => assertContextOptions({ timeout: -1, noRetry: 1 }, 'work')).toThrow(/^withCall\.options\.timeout: .*\nwithCall\.options\.noRetry: .*\nwithCall\.fn: got "work" \(accepted: a function\)$/)
  expect(() => assertContextOptions(undefined, fn)).toThrow('withCall.options: got nothing (accepted: { timeout, criticality, noRetry })')
})

test('what is in order, or not set, is taken', () => {
  for (const options of [{}, { timeout: undefined }, { timeout: '1s', criticality: 'SHEDDABLE', noRetry: false }]) {
    expect(() => assertContextOptions(options, fn)).not.toThrow()
  }
})
