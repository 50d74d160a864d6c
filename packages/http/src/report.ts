import { TryContext } from '@inmesh/pipeline'
import { HttpCall } from './http-call.ts'
import type { HttpService } from './service.ts'

/** Which call a `Response` came of. Weak, so that it lives no longer than the response. */
const calls = new WeakMap<object, HttpCall>()

export function remember(reply: object, call: HttpCall | undefined): void {
  if (call !== undefined) calls.set(reply, call)
}

/**
 * Tells a service, after the fact, what a reply really was: a code, a status, or a business code, which `reweight.codes` may
 * name. It
 * counts as one more completed try of the endpoint that answered. Answers false for a reply that this service did not
 * give: another service's, a fallback's, one of plain undici.
 */
export function reportTo({ core }: HttpService, reply: object, code: string): boolean {
  const call = calls.get(reply) ?? contextOf(reply)
  // By its listeners too: another mesh may have a service of the same name.
  if (call === undefined || call.service !== core.service || call.env.observers !== core.observers) return false
  const answered = call.tries.findLast((record) => record.outcome?.kind === 'success' || record.outcome?.kind === 'failure')
  const lease = answered instanceof TryContext ? answered.lease : undefined
  if (lease === undefined) return false
  core.cluster.report(lease, code, core.clock.now())
  return true
}

/** undici hands the context of `onRequestStart` on to whoever called `request`. */
function contextOf(reply: object): HttpCall | undefined {
  return 'context' in reply && reply.context instanceof HttpCall ? reply.context : undefined
}
