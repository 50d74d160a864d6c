import fc from 'fast-check'
import { expect, test } from 'vitest'
import { assertCallOptions } from './call-options.ts'

const check = (options: unknown) => (): void => assertCallOptions(options)

test.each([
  [{ operatoin: 'x' }, 'mesh.operatoin: unknown option; did you mean operation? (accepted: operation, timeout, repeat, affinity, criticality)'],
  [{ criticality: 'sheddable' }, 'mesh.criticality: got "sheddable"; did you mean SHEDDABLE? (accepted: CRITICAL_PLUS, CRITICAL, SHEDDABLE_PLUS, SHEDDABLE)'],
  [{ repeat: false }, 'mesh.repeat: got false (accepted: always, concurrent, sequential, if-unprocessed, never)'],
  [{ repeat: 'Never' }, 'mesh.repeat: got "Never"; did you mean never? (accepted: always, concurrent, sequential, if-unprocessed, never)'],
  [{ repeat: 'once' }, 'mesh.repeat: got "once" (accepted: always, concurrent, sequential, if-unprocessed, never)'],
  [{ timeout: true }, "mesh.timeout: got true (accepted: milliseconds as a number ≥ 0, or '250ms', '2s', '1m', '1h')"],
  [{ affinity: 7 }, 'mesh.affinity: got 7 (accepted: a text)'],
  [true, 'mesh: got true (accepted: { operation, timeout, repeat, affinity, criticality })'],
  [['always'], 'mesh: got a list of 1 (accepted: { operation, timeout, repeat, affinity, criticality })'],
])('%j is refused with what is accepted', (options, line) => {
  expect(check(options)).toThrow(new TypeError(line))
})

test('all mistakes of one call are told at once', () => {
  expect(check({ repeat: 'once', criticality: 1, operation: 'fine' })).toThrow(/^mesh\.repeat: .*\nmesh\.criticality: .*$/)
})

test('options that were in order and are changed are checked again', () => {
  const options = { repeat: 'always' }
  expect(check(options)).not.toThrow()
  options.repeat = 'once'
  expect(check(options)).toThrow('mesh.repeat')
})

test('nothing given, and options that are not set, are in order', () => {
  for (const options of [undefined, null, {}, { timeout: undefined, repeat: undefined }, { timeout: '1s', repeat: 'always', criticality: 'SHEDDABLE', affinity: '', operation: 'x' }]) {
    expect(check(options)).not.toThrow()
  }
})

test('whatever is given: in order, or one TypeError in which each line says what is accepted', () => {
  const name = fc.oneof(fc.constantFrom('operation', 'timeout', 'repeat', 'affinity', 'criticality'), fc.string())
  fc.assert(fc.property(fc.oneof(fc.anything(), fc.dictionary(name, fc.anything())), (options) => {
    try {
      assertCallOptions(options)
    } catch (error) {
      expect(error).toBeInstanceOf(TypeError)
      expect((error as TypeError).message).toMatch(/^mesh.*\(accepted: /s)
    }
  }))
})
