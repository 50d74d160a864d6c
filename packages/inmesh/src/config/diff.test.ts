import fc from 'fast-check'
import { expect, test } from 'vitest'
import { arbitraryConfig, arbitraryPatch } from './check/arbitrary.test-support.ts'
import { describeChange, diffConfig, revertConfig } from './diff.ts'
import { mergeConfig } from './merge.ts'
import type { MeshConfig } from './mesh.ts'
import { isPlain } from './plain.ts'
import { resolveConfig } from './resolve.ts'

const endpoints = ['http://a']
const config: MeshConfig = { services: { c: { endpoints, policy: { timeout: { total: '1s', perTry: '300ms' }, drop: 0.1 } } } }

function change(policy: object): { before: MeshConfig; after: MeshConfig } {
  return { before: config, after: mergeConfig(config, { services: { c: { policy } } }) }
}

test('what has changed is told option by option, with the old and the new', () => {
  const { before, after } = change({ drop: 0.3, timeout: { perTry: null }, retry: { maxExtraTries: 2 } })
  expect(diffConfig(before, after).map(describeChange)).toEqual([
    'services.c.policy.timeout.perTry: "300ms" → default',
    'services.c.policy.drop: 0.1 → 0.3',
    'services.c.policy.retry.maxExtraTries: default → 2',
  ])
})

test('a configuration that says the same has not changed, and a list changes as a whole', () => {
  expect(diffConfig(config, structuredClone(config))).toEqual([])
  const after = mergeConfig(config, { services: { c: { endpoints: ['http://a', 'http://b'] } } })
  expect(diffConfig(config, after)).toEqual([{ path: ['services', 'c', 'endpoints'], before: ['http://a'], after: ['http://a', 'http://b'] }])
})

test('functions and sources have changed when they are not the very same', () => {
  const source = (name: string): object => ({ subscribe: () => () => {}, name })
  const withSource = (endpoints: object): MeshConfig => ({ services: { c: { endpoints: endpoints as never, policy: { fallback: () => 1 } } } })
  const one = withSource(source('x'))
  expect(diffConfig(one, one)).toEqual([])
  expect(diffConfig(one, withSource(source('x'))).map(({ path }) => path.at(-1))).toEqual(['endpoints', 'fallback'])
})

test('secrets are not shown, and yet put back', () => {
  const tls = (key: string): MeshConfig => ({ services: { c: { endpoints: ['https://a'], tls: { key, cert: 'x' } } } })
  const changes = [...diffConfig(tls('old-secret'), tls('new-secret')), ...diffConfig(config, tls('new-secret'))]
  expect(JSON.stringify(changes)).not.toContain('secret')
  expect(changes[0]).toEqual({ path: ['services', 'c', 'tls', 'key'], before: '(not shown)', after: '(not shown)' })
  expect(revertConfig(tls('new-secret'), diffConfig(tls('old-secret'), tls('new-secret')))).toEqual(tls('old-secret'))
})

test('reverting what has changed gives what was before', () => {
  fc.assert(fc.property(arbitraryConfig, arbitraryConfig, arbitraryPatch, (before, other, patch) => {
    for (const after of [other, mergeConfig(before, patch)]) {
      expect(inForce(revertConfig(after, diffConfig(before, after)))).toEqual(inForce(before))
    }
  }))
})

test('what others have changed since stays', () => {
  const { before, after } = change({ drop: 0.3 })
  const since = mergeConfig(after, { services: { c: { policy: { timeout: '2s' } } } })
  const reverted = revertConfig(since, diffConfig(before, after))
  expect(reverted.services['c']?.policy).toEqual({ timeout: { total: '2s', perTry: '300ms' }, drop: 0.1 })
})

test('a shorthand that others have written since keeps what it says', () => {
  const { before, after } = change({ timeout: { perTry: '100ms' } })
  const since: MeshConfig = { services: { c: { endpoints, policy: { timeout: '500ms' } } } }
  expect(revertConfig(since, diffConfig(before, after)).services['c']?.policy).toEqual({ timeout: { total: '500ms', perTry: '300ms' } })
})

test('of a service that is gone nothing comes back', () => {
  const { before, after } = change({ drop: 0.3 })
  expect(revertConfig({ services: {} }, diffConfig(before, after))).toEqual({ services: {} })
})

test('two changes of what had no policy before are undone apart', () => {
  const bare: MeshConfig = { services: { c: { endpoints } } }
  const first = mergeConfig(bare, { services: { c: { policy: { retry: { maxExtraTries: 2 } } } } })
  const second = mergeConfig(first, { services: { c: { policy: { drop: 0.5 } } } })
  const without = revertConfig(second, diffConfig(bare, first))
  expect(without).toEqual({ services: { c: { endpoints, policy: { drop: 0.5 } } } })
  expect(revertConfig(without, diffConfig(first, second))).toEqual(bare)
})

test('what needs an option, or means something by being there, comes and goes whole', () => {
  const bare: MeshConfig = { services: { c: { endpoints } } }
  const limited = mergeConfig(bare, { services: { c: { policy: { limit: { rate: 5 }, reweight: { codes: { 5003: { ejectAfter: 2 } } } } } } })
  expect(diffConfig(bare, limited).map(({ path, after }) => [path.slice(3).join('.'), after])).toEqual([['limit', { rate: 5 }], ['reweight.codes.5003', { ejectAfter: 2 }]])
  expect(revertConfig(limited, diffConfig(bare, limited))).toEqual(bare)
})

/** What a configuration comes to; a policy of which nothing is said is as good as absent. */
function inForce(config: MeshConfig): unknown {
  const { services, ...rest } = resolveConfig(config)
  return [rest, [...services].map(([name, service]) => [name, { ...service, policy: withoutEmpty(service.policy) }]).toSorted()]
}

function withoutEmpty(value: unknown): unknown {
  if (!isPlain(value)) return value
  const kept = Object.entries(value).map(([key, item]) => [key, withoutEmpty(item)] as const)
  return Object.fromEntries(kept.filter(([, item]) => !isPlain(item) || Object.keys(item).length > 0))
}
