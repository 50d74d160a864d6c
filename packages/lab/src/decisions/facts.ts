import type { MeshEvent } from '@inmesh/pipeline'
import type { ChangeType, CountType } from './decisions.ts'

type Fields<T extends MeshEvent['type']> = Exclude<keyof Extract<MeshEvent, { readonly type: T }>, 'type' | 'service' | 'at'> & string

/** Of each change what is kept beside when, who and which. */
export const FACTS: { readonly [T in ChangeType]: readonly Fields<T>[] } = {
  ejected: ['endpoint', 'why', 'length', 'ejections', 'tries', 'failures', 'consecutive'],
  probe: ['endpoint'],
  returned: ['endpoint', 'outFor'],
  'ejection-suppressed': ['endpoint', 'why', 'would'],
  'kept-off': ['endpoint', 'until'],
  'severity-changed': ['endpoint', 'severity'],
  panic: ['on', 'available', 'members'],
  unreachable: ['endpoint', 'complaint'],
  reachable: ['endpoint', 'outFor'],
  'endpoints-changed': ['known', 'added', 'removed'],
  'discovery-failed': ['error'],
  'budget-empty': ['budget'],
  storm: ['share'],
  breaker: ['probability'],
  concurrency: ['limit', 'inFlight', 'waiting'],
  'slots-leased': ['limit', 'slots', 'want', 'taken', 'processes'],
  'engine-changed': ['limit', 'engine', 'state', 'why'],
  'shares-changed': ['limit', 'processes', 'share'],
  'policy-changed': ['chain'],
  'compiled-out': ['interceptor', 'faults'],
  admission: ['limit', 'inFlight', 'waiting', 'delay', 'overloaded'],
  overloaded: ['limit', 'inFlight', 'waiting', 'delay'],
  recovered: ['limit', 'inFlight', 'waiting', 'delay'],
  draining: ['inFlight', 'within'],
  drained: ['took', 'ended', 'cut']
}

const counted = <T extends CountType>(why: (event: Extract<MeshEvent, { readonly type: T }>) => string | undefined) =>
  why as (event: MeshEvent) => string | undefined
const itself = (): undefined => undefined

/** Of what is counted: by what else it is told apart. Nothing that has as many values as there are calls or endpoints. */
export const REASONS: Readonly<Record<CountType, (event: MeshEvent) => string | undefined>> = {
  retried: itself,
  'backed-up': itself,
  rescued: itself,
  refused: counted<'refused'>(({ policy, why }) => `${policy}: ${why}`),
  'mode-differed': counted<'mode-differed'>(({ policy }) => policy),
  'request-refused': counted<'request-refused'>(({ policy, why }) => `${policy}: ${why}`),
  'request-overran': itself,
  'interceptor-failed': counted<'interceptor-failed'>(({ interceptor }) => interceptor),
  'lease-refused': counted<'lease-refused'>(({ limit }) => limit),
  'lease-unanswered': counted<'lease-unanswered'>(({ limit }) => limit)
}

export function isChange(type: MeshEvent['type']): type is ChangeType {
  return Object.hasOwn(FACTS, type)
}

export function isCounted(type: MeshEvent['type']): type is CountType {
  return Object.hasOwn(REASONS, type)
}
