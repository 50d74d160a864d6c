import { AsyncLocalStorage } from 'node:async_hooks'
import type { Criticality, Instant } from '@inmesh/policy'

/** What every call made beneath inherits. */
export interface Ambient {
  /** Infinity when nobody set one. */
  readonly deadline: Instant
  readonly criticality: Criticality | undefined
  readonly noRetry: boolean
}

const storage = new AsyncLocalStorage<Ambient>()

/** Read at dispatch and carried from there: inside a client's socket callbacks the store is that of whoever opened the socket. */
export function ambient(): Ambient | undefined {
  return storage.getStore()
}

/** Runs `fn` with a context that may only tighten the one around it: a deadline shrinks, never grows. */
export function withAmbient<T>(context: Ambient, fn: () => T): T {
  const outer = storage.getStore()
  if (outer === undefined) return storage.run(context, fn)
  return storage.run({
    deadline: Math.min(outer.deadline, context.deadline),
    criticality: context.criticality ?? outer.criticality,
    noRetry: outer.noRetry || context.noRetry,
  }, fn)
}
