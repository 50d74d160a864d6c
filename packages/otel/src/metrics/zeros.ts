import type { MeshEvent, ServiceState } from '@inmesh/pipeline'
import type { Attributes } from '@opentelemetry/api'
import type { KeyOf } from './names.ts'
import type { Recording } from './recording.ts'

const BUDGETS: readonly Extract<MeshEvent, { readonly type: 'budget-empty' }>['budget'][] = ['retry', 'backup']
const EJECTED: readonly Extract<MeshEvent, { readonly type: 'ejected' }>['why'][] = ['consecutive', 'failure-rate', 'success-rate', 'probe']

/**
 * Begins counters of what is rare at 0, as soon as a service or an endpoint is first seen. A series that begins at 1 has not
 * grown for Prometheus: `increase()` of an endpoint's first ejection would be 0, and mostly there is no second one.
 *
 * Not those by operation, or by names of your own: which of them there will be nobody knows before.
 */
export class Zeros {
  /** Of the values that labels may have, so it is as bounded as they are. */
  private readonly begun = new Set<string>()

  begin({ service, endpoints }: ServiceState, to: Recording): void {
    this.once(to.of({ service }), (attributes) => {
      for (const key of OF_SERVICE) to.count(key, attributes, 0)
      for (const budget of BUDGETS) to.count('budgetEmpty', { ...attributes, 'inmesh.budget': budget }, 0)
    })
    for (const { key: endpoint } of endpoints) {
      // Where endpoints are not told apart this is the service's own, once.
      this.once(to.endpointOf({ service, endpoint }), (attributes) => {
        for (const key of OF_ENDPOINT) to.count(key, attributes, 0)
        for (const why of EJECTED) to.count('ejected', { ...attributes, 'inmesh.why': why }, 0)
      }, 'endpoint')
    }
  }

  private once(attributes: Attributes, tell: (attributes: Attributes) => void, of = 'service'): void {
    const id = [of, ...Object.values(attributes)].join(' ')
    if (this.begun.has(id)) return
    this.begun.add(id)
    tell(attributes)
  }
}

const OF_SERVICE: readonly KeyOf<'counter'>[] = ['panics', 'discoveryFailures', 'policyChanges']
const OF_ENDPOINT: readonly KeyOf<'counter'>[] = ['probes', 'returned', 'keptOff']
