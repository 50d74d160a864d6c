import type { Instant, Millis } from '@inmesh/policy'
import type { CallContext } from '../context.ts'
import { rateLimited } from '../errors.ts'
import { refusal, SettledExchange, type Exchange } from '../exchange.ts'
import type { LayerEnv } from '../layer.ts'
import { tellRefused } from './tell-refused.ts'

/** What a call over a rate ends with. `key`: undefined where the limit has none. */
export function rateRefused<R>(env: LayerEnv, rate: number, per: Millis, call: CallContext, key: string | undefined, retryAfter: Millis, at: Instant): Exchange<R> {
  const facts = { service: env.service, operation: call.operation, rate, per, retryAfter, ...(key === undefined ? {} : { key }) }
  const error = rateLimited(facts)
  tellRefused(env, call, 'rate', error, at)
  return new SettledExchange(refusal('RESOURCE_EXHAUSTED', error, retryAfter), at)
}
