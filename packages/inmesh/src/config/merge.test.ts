import fc from 'fast-check'
import { expect, test } from 'vitest'
import { arbitraryConfig, arbitraryPatch } from './check/arbitrary.test-support.ts'
import { mergeConfig, type MeshPatch } from './merge.ts'
import type { MeshConfig } from './mesh.ts'
import { isPlain } from './plain.ts'
import type { PolicyConfig } from './policy/policy.ts'
import { resolveConfig } from './resolve.ts'

const endpoints = ['http://a']

function merged(before: PolicyConfig, patch: object): PolicyConfig | undefined {
  return mergeConfig({ services: { c: { endpoints, policy: before } } }, { services: { c: { policy: patch } } }).services.c.policy
}

test('objects merge, option by option', () => {
  expect(merged({ retry: { maxExtraTries: 2 }, drop: 0.1 }, { retry: { mode: 'observe' } })).toEqual({ retry: { maxExtraTries: 2, mode: 'observe' }, drop: 0.1 })
})

test('lists and functions replace', () => {
  const [first, second] = [(): number => 1, (): number => 2]
  expect(merged({ retry: { codes: ['INTERNAL', 'UNKNOWN'] }, fallback: first }, { retry: { codes: ['UNAVAILABLE'] }, fallback: second })).toEqual({ retry: { codes: ['UNAVAILABLE'] }, fallback: second })
})

test('null is the default again, undefined changes nothing', () => {
  expect(merged({ retry: false, timeout: '1s' }, { retry: null, timeout: undefined })).toEqual({ timeout: '1s' })
})

test('null takes a service out', () => {
  expect(mergeConfig<string>({ services: { a: { endpoints }, b: { endpoints } } }, { services: { a: null } })).toEqual({ services: { b: { endpoints } } })
})

test('a policy that was taken out comes back with what is said of it', () => {
  expect(merged({ retry: false }, { retry: { maxExtraTries: 2 } })).toEqual({ retry: { maxExtraTries: 2 } })
})

test('a shorthand is merged as what it stands for, whichever side it is on', () => {
  expect(merged({ timeout: '800ms' }, { timeout: { perTry: '300ms' } })).toEqual({ timeout: { total: '800ms', perTry: '300ms' } })
  expect(merged({ timeout: { total: '800ms', perTry: '300ms' } }, { timeout: 500 })).toEqual({ timeout: { total: 500, perTry: '300ms' } })
  expect(merged({ timeout: 1 }, { timeout: 2 })).toEqual({ timeout: 2 })
  expect(merged({ balance: 'round-robin' }, { balance: { mode: 'observe' } })).toEqual({ balance: { by: 'round-robin', mode: 'observe' } })
  expect(merged({ balance: { by: 'hash', slowStart: '30s' } }, { balance: { slowStart: { aggression: 2 } } })).toEqual({ balance: { by: 'hash', slowStart: { window: '30s', aggression: 2 } } })
  expect(merged({ balance: { by: 'hash', loadFactor: 2 } }, { balance: 'latency' })).toEqual({ balance: { by: 'latency', loadFactor: 2 } })
  expect(merged({ drop: 0.1 }, { drop: { SHEDDABLE: 0.5 } })).toEqual({ drop: { CRITICAL_PLUS: 0.1, CRITICAL: 0.1, SHEDDABLE_PLUS: 0.1, SHEDDABLE: 0.5 } })
  expect(merged({ reweight: { codes: { 503: 5 } } }, { reweight: { codes: { 503: '1s' } } })).toEqual({ reweight: { codes: { 503: '1s' } } })
  expect(merged({ reweight: { codes: { 503: 5 } } }, { reweight: { codes: { 503: { ejectAfter: 2 } } } })).toEqual({ reweight: { codes: { 503: { severity: 5, ejectAfter: 2 } } } })
})

test('a source replaces a source whole, and a list a source', () => {
  const [first, second] = [{ subscribe: () => () => {}, name: 'first' }, { subscribe: () => () => {} }]
  const config: MeshConfig<'c'> = { services: { c: { endpoints: first } } }
  expect(mergeConfig(config, { services: { c: { endpoints: second } } }).services.c.endpoints).toBe(second)
  expect(mergeConfig(config, { services: { c: { endpoints } } }).services.c.endpoints).toBe(endpoints)
})

test('neither side is changed', () => {
  fc.assert(fc.property(arbitraryConfig, arbitraryPatch, (config, patch) => {
    const before = structuredClone([config, patch])
    mergeConfig(config, patch)
    expect([config, patch]).toEqual(before)
  }))
})

test('merging nothing changes nothing, merging the same twice no more than once', () => {
  fc.assert(fc.property(arbitraryConfig, arbitraryPatch, (config, patch) => {
    expect(mergeConfig(config, {})).toEqual(config)
    const once = mergeConfig(config, patch)
    expect(mergeConfig(once, patch)).toEqual(once)
  }))
})

test('a patch of nulls restores every default', () => {
  fc.assert(fc.property(arbitraryConfig, (config) => {
    const names = Object.keys(config.services)
    const nulls = Object.fromEntries(names.map((name) => [name, { policy: null }]))
    const restored = mergeConfig(config, { services: nulls, mode: null, local: null })
    const bare = { services: Object.fromEntries(Object.entries(config.services).map(([name, { endpoints: where }]) => [name, { endpoints: where }])) }
    expect(resolveConfig(restored)).toEqual(resolveConfig(bare))
  }))
})

test('overlays that set options can be merged in any grouping', () => {
  // Without null and without false or lists in the place of an object: there the later one decides, and a patch over a
  // patch does not know yet what it will replace.
  const setting = arbitraryPatch.map((patch) => onlyObjects(patch) as MeshPatch)
  fc.assert(fc.property(arbitraryConfig.map((config) => onlyObjects(config) as MeshConfig), setting, setting, (base, one, two) => {
    const patches = mergeConfig(one as MeshConfig, two)
    expect(mergeConfig(mergeConfig(base, one), two)).toEqual(mergeConfig(base, patches as MeshPatch))
  }))
})

test('a document that names a prototype reaches none', () => {
  const patch = JSON.parse('{ "__proto__": { "polluted": 1 }, "services": { "__proto__": { "polluted": 1 }, "constructor": { "prototype": { "polluted": 1 } } } }') as MeshPatch
  const config = mergeConfig({ services: {} } as MeshConfig, patch)
  expect(Reflect.get({}, 'polluted')).toBeUndefined()
  expect(Object.getPrototypeOf(config)).toBe(Object.prototype)
  expect(() => resolveConfig(config)).toThrow(/3 mistakes|__proto__/)
})

test('a patch that is no object leaves nothing to be put in force', () => {
  fc.assert(fc.property(fc.oneof(fc.integer(), fc.string(), fc.array(fc.integer()), fc.constant(null)), (patch) => {
    const config = mergeConfig({ services: {} } as MeshConfig, patch as MeshPatch)
    expect(() => resolveConfig(config)).toThrow(/in the configuration/)
  }))
})

function onlyObjects(value: unknown): unknown {
  if (!isPlain(value)) return value
  const kept = Object.entries(value).filter(([key, item]) => (isPlain(item) || key === 'endpoints' || key === 'maxExtraTries' || key === 'total') && item !== null)
  return Object.fromEntries(kept.map(([key, item]) => [key, onlyObjects(item)]))
}
