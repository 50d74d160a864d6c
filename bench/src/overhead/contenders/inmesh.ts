import { createMesh, type Mesh } from 'inmesh'
import type { Dispatcher } from 'undici'
import type { Contender } from '../contender.ts'
import { consume, request } from './round-robin.ts'

export interface Governed extends Contender {
  readonly mesh: Mesh<'catalog'>
}

type Policy = NonNullable<Parameters<typeof createMesh>[0]['services']['catalog']>['policy']

/** Every policy on, with limits that a healthy service never meets: each decides on every call and refuses none. */
export const everything: Policy = {
  timeout: { total: '800ms', perTry: '500ms' },
  balance: 'latency',
  eject: {},
  retry: { maxExtraTries: 1 },
  backup: { maxExtraLoad: 0.02 },
  rescue: {},
  limit: { rate: 1_000_000, per: '1s', burst: 100_000 },
  drop: { SHEDDABLE: 0.5 },
  fallback: () => [],
}

export function governed(name: string, endpoints: readonly string[], policy?: Policy): Governed {
  const mesh = meshOf(endpoints, policy)
  const { dispatcher } = mesh.service('catalog')
  return { name, mesh, send: async () => consume(await (dispatcher.request as (options: typeof request) => Promise<Dispatcher.ResponseData>)(request)) }
}

export function meshOf(endpoints: readonly string[], policy?: Policy): Mesh<'catalog'> {
  return createMesh({ services: { catalog: policy === undefined ? { endpoints } : { endpoints, policy } } })
}

export function describeOf({ mesh }: { readonly mesh: Mesh<'catalog'> }): string {
  return mesh.service('catalog').describe().map(({ name }) => name).join(' > ')
}
