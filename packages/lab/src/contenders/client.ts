import type { Criticality } from '@inmesh/policy'
import type { RequestClass } from '../scenario/load.ts'
import type { Endpoint } from '../real/messages.ts'

export interface ClientCall {
  readonly class: RequestClass
  /** Undefined: as much as what it is made for, where the client knows that. */
  readonly criticality: Criticality | undefined
  readonly path: string
  readonly headers: Record<string, string>
  readonly body: string | null
}

/** Over HTTP undici's own answer; over gRPC made like one. */
export interface Reply {
  readonly statusCode: number
  readonly body: { arrayBuffer(): Promise<ArrayBuffer>; text(): Promise<string> }
}

/**
 * A contender at work. All over HTTP do the same: undici's `request()` on a dispatcher, the body read to its end; so do all over
 * gRPC: one unary call of grpc-js.
 */
export interface Client {
  readonly request: (call: ClientCall) => Promise<Reply>
  readonly close: () => Promise<void>
}

/** URLs by service: what a client is built over. */
export function urlsByService(endpoints: readonly Endpoint[]): Map<string, string[]> {
  const urls = new Map<string, string[]>()
  for (const { service, url } of endpoints) urls.set(service, [...(urls.get(service) ?? []), url])
  return urls
}

export function lookUp<T>(byService: ReadonlyMap<string, T>, service: string): T {
  const found = byService.get(service)
  if (found === undefined) throw new Error(`no endpoints for service ${service}`)
  return found
}
