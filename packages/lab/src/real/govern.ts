import type { RequestListener } from 'node:http'
import { nodeHttp } from '@inmesh/server'
import type { AdmissionSpec } from '../scenario/admission.ts'

/**
 * The server half around a replica's listener, as it is shipped. `refusal` is the virtual world's: here a refusal costs
 * what it costs. Nobody's claim is capped: the clients of a lab say what the scenario says.
 */
export function govern({ refusal: _, shares = {}, ...rest }: AdmissionSpec, listener: RequestListener): RequestListener {
  const admission = { ...given(rest), shares: given(shares) }
  return nodeHttp(undefined, { admission, maxCriticality: 'CRITICAL_PLUS' })(listener)
}

type Given<T> = { [K in keyof T]?: Exclude<T[K], undefined> }

/** What the scenario leaves out is left out here: the defaults are the policy's. */
function given<T extends object>(options: T): Given<T> {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as Given<T>
}
