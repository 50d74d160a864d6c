import type { Instant, Millis } from '@inmesh/policy'
import type { CallContext } from '../context.ts'
import { rateLimited } from '../errors.ts'
import { refusal, SettledExchange, type Exchange } from '../exchange.ts'
import type { LayerEnv } from '../layer.ts'

/** What a call over a rate ends with. `key`: undefined where the limit has none. */
export function rateRefused<R>({ service, observers }: LayerEnv, rate: number, per: Millis, { operation, criticality }: CallContext, key: string | undefined, retryAfter: Millis, at: Instant): Exchange<R> {
  if (observers.active) observers.emit({ type: 'refused', service, at, operation, policy: 'limit', why: 'rate', criticality })
  const facts = { service, operation, rate, per, retryAfter, ...(key === undefined ? {} : { key }) }
  return new SettledExchange(refusal('RESOURCE_EXHAUSTED', rateLimited(facts), retryAfter), at)
}
