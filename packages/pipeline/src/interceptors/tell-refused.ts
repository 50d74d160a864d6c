import type { Instant } from '@inmesh/policy'
import type { CallContext } from '../context.ts'
import type { InmeshError } from '../errors.ts'
import type { LayerEnv } from '../layer.ts'

/** A policy did not let a call through: which, and on what numbers, as the error says that its caller gets. */
export function tellRefused({ service, observers }: LayerEnv, call: CallContext, why: string, { policy, numbers }: InmeshError, at: Instant): void {
  if (!observers.active) return
  const { operation, criticality } = call
  observers.emit({ type: 'refused', service, at, operation, policy, why, criticality, numbers }, call)
}
