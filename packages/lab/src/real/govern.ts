import type { RequestListener } from 'node:http'
import type { Observer } from '@inmesh/pipeline'
import { nodeHttp } from '@inmesh/server'
import type { ServerOptions } from '@inmesh/server'
import type { AdmissionSpec } from '../scenario/admission.ts'

/** What a server calls itself in what it tells, and whom it tells. */
export interface ServerTelling {
  readonly name: string
  readonly observers: readonly Observer[]
}

/** The server half around a replica's listener, as it is shipped. */
export function govern(admission: AdmissionSpec, listener: RequestListener, telling?: ServerTelling): RequestListener {
  return nodeHttp(undefined, serverOptions(admission, telling))(listener)
}

/**
 * `refusal` is the virtual world's: here a refusal costs what it costs. Nobody's claim is capped: the clients of a lab say
 * what the scenario says.
 */
export function serverOptions(
  { refusal: _, shares = {}, ...rest }: AdmissionSpec,
  telling?: ServerTelling
): Pick<ServerOptions, 'name' | 'admission' | 'maxCriticality' | 'observers'> {
  return {
    admission: { ...given(rest), shares: given(shares) },
    maxCriticality: 'CRITICAL_PLUS',
    ...telling
  }
}

type Given<T> = { [K in keyof T]?: Exclude<T[K], undefined> }

/** What the scenario leaves out is left out here: the defaults are the policy's. */
function given<T extends object>(options: T): Given<T> {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as Given<T>
}
