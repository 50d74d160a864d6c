import fc from 'fast-check'
import { expect, test } from 'vitest'
import { arbitraryConfig, arbitraryMistake } from './arbitrary.test-support.ts'
import { checked, findMistakes } from './check.ts'
import { describeMistake } from './mistake.ts'

const anything = fc.anything({ withNullPrototype: true, withBigInt: true, withDate: true, withMap: true, maxDepth: 5 })

test('whatever JSON it is given, validation answers with mistakes and never with a crash', () => {
  fc.assert(fc.property(fc.jsonValue({ maxDepth: 6 }), (value) => {
    expect(findMistakes(value).map(describeMistake)).not.toContain('')
  }))
})

test('whatever else it is given, too, at any place of a configuration', () => {
  fc.assert(fc.property(anything, (value) => {
    for (const config of [value, { services: value }, { services: { c: value } }, { services: { c: { endpoints: ['http://a'], policy: value, http: value, tls: value } } }]) {
      for (const mistake of findMistakes(config)) expect(describeMistake(mistake)).toMatch(/\(accepted: .+\)$/)
    }
  }))
})

test('a configuration that is made by the rules is in order', () => {
  fc.assert(fc.property(arbitraryConfig, (config) => {
    expect(findMistakes(config)).toEqual([])
    expect(checked(config)).toEqual(config)
  }))
})

test('mistakes at different places are all listed, however many there are', () => {
  fc.assert(fc.property(fc.uniqueArray(arbitraryMistake, { selector: ({ path }) => path, minLength: 1 }), (mistakes) => {
    const config = mistakes.reduce<object>((wrong, { put }) => put(wrong), { services: { a: { endpoints: ['http://a'] } } })
    expect(findMistakes(config).map(({ path }) => path).toSorted()).toEqual(mistakes.map(({ path }) => path).toSorted())
  }))
})

test('no document reaches a prototype', () => {
  const poison = fc.constantFrom('__proto__', 'constructor', 'prototype')
  const around = fc.array(fc.constantFrom('services', 'catalog', 'policy', 'retry', 'reweight', 'codes', 'local', 'labels'), { maxLength: 6 })
  fc.assert(fc.property(around, poison, (path, key) => {
    const before = Object.getOwnPropertyNames(Object.prototype).length
    const text = [...path, key].reduceRight((inner, name) => `{ ${JSON.stringify(name)}: ${inner} }`, '{ "polluted": true }')
    const mistakes = findMistakes(JSON.parse(text))
    expect(mistakes.some(({ keys }) => keys?.at(-1) === key)).toBe(true)
    expect(Object.getOwnPropertyNames(Object.prototype)).toHaveLength(before)
    expect(Reflect.get({}, 'polluted')).toBeUndefined()
  }))
})
