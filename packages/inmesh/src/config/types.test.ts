import { expect, test } from 'vitest'
import type { MeshPatch } from './merge.ts'
import type { MeshConfig, ServiceName } from './mesh.ts'

// Checked by the compiler: each line below a `ts-expect-error` must not compile.

const endpoints = ['http://a']

/** As `createMesh` takes a configuration: the names are inferred, and every literal is checked for options that do not exist. */
function named<const Name extends string>(config: MeshConfig<Name>): { service(name: Name): Name[]; patch(patch: MeshPatch<Name>): void } {
  const names = Object.keys(config.services) as Name[]
  return { service: (name) => names.filter((one) => one === name), patch: () => {} }
}

test('a service that is not there does not compile', () => {
  const mesh = named({ services: { catalog: { endpoints }, search: { endpoints } } })
  expect(mesh.service('search')).toEqual(['search'])
  // @ts-expect-error a slip in the name
  expect(mesh.service('catlog')).toEqual([])
})

test('options that do not exist do not compile, at any depth', () => {
  // @ts-expect-error of a service
  named({ services: { catalog: { endpoints, polcy: {} } } })
  // @ts-expect-error of a policy
  named({ services: { catalog: { endpoints, policy: { retry: { maxExtraTrys: 2 } } } } })
  // @ts-expect-error of the mesh
  named({ services: { catalog: { endpoints } }, modus: 'on' })
  // @ts-expect-error a duration without a unit
  named({ services: { catalog: { endpoints, policy: { timeout: '800' } } } })
  // @ts-expect-error in a patch
  named({ services: { catalog: { endpoints } } }).patch({ services: { catalog: { policy: { dorp: 1 } } } })
  // @ts-expect-error of another service
  named({ services: { catalog: { endpoints } } }).patch({ services: { catlog: { policy: { drop: 1 } } } })
  expect.assertions(0)
})

test('a balancer does not compile with options that it has not', () => {
  const balance = (policy: NonNullable<MeshConfig['services'][string]['policy']>['balance']): unknown => policy
  balance({ by: 'hash', key: ({ operation }) => operation, loadFactor: 1.5, zone: false, slowStart: '30s' })
  balance({ by: 'least-request', zone: { remoteCost: 2 } })
  balance({ slowStart: { window: '30s', aggression: 2 }, decay: '5s' })
  // @ts-expect-error a key, where nothing is balanced by keys
  balance({ key: () => 'x' })
  // @ts-expect-error likewise
  balance({ by: 'latency', key: () => 'x' })
  // @ts-expect-error a bound on load is of hash
  balance({ by: 'weighted-round-robin', loadFactor: 2 })
  // @ts-expect-error in turn is blind to zones
  balance({ by: 'round-robin', zone: { remoteCost: 2 } })
  // @ts-expect-error and to weights, so to those that grow
  balance({ by: 'round-robin', slowStart: '30s' })
  // @ts-expect-error a slip
  balance('least-requests')
  // @ts-expect-error a key is a text
  balance({ by: 'hash', key: () => 7 })
  expect.assertions(0)
})

test('functions get the types of what they are called with', () => {
  const mesh = named({
    services: {
      catalog: {
        endpoints: () => lists(),
        policy: {
          reweight: { classify: ({ status, headers }) => (status === 200 && headers['x-biz-code'] === '5003' ? 'UNAVAILABLE' : undefined) },
          limit: { rate: 5, key: ({ operation }) => operation },
          fallback: (call, error) => new Response(`${call.service}: ${error.message}`),
        },
      },
    },
    local: { zone: process.env['ZONE'] },
  })
  mesh.patch({ services: { catalog: { policy: { drop: 0.3, retry: null, timeout: { perTry: '100ms' } } } } })
  expect(mesh.service('catalog')).toEqual(['catalog'])
})

test('the names of a configuration can be asked for', () => {
  const config = { services: { catalog: { endpoints } } } satisfies MeshConfig
  const name: ServiceName<typeof config> = 'catalog'
  expect(Object.keys(config.services)).toEqual([name])
})

async function* lists(): AsyncGenerator<readonly string[]> {
  yield await Promise.resolve(endpoints)
}
