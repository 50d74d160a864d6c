import { AsyncLocalStorage } from 'node:async_hooks'
import type { Criticality, Instant } from '@inmesh/policy'
import type { Scope } from './scope.ts'

/** What every call made beneath inherits. */
export interface Ambient {
  /** Infinity when nobody set one. */
  readonly deadline: Instant
  readonly criticality: Criticality | undefined
  readonly noRetry: boolean
  /** Of the request that all this is done for: when that is given up, so is every call beneath. Absent: of nobody's. */
  readonly scope?: Scope | undefined
  /** Where calls made beneath leave word of how they ended. Whoever opens a context for a request it serves brings one. */
  readonly below?: Below | undefined
}

/** Of the calls that were made for a piece of work. */
export interface Below {
  /**
   * One of them failed for its caller, and whatever could be done about it below was done or decided against. If the work
   * fails with it, its own caller is told not to try again: else each layer would multiply the tries of the one beneath.
   */
  failed: boolean
}

const storage = new AsyncLocalStorage<Ambient | undefined>()

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
    scope: context.scope ?? outer.scope,
    below: context.below ?? outer.below,
  }, fn)
}

/**
 * Runs `fn` with exactly this context, or with none: where work begins that nothing around it is the cause of, such as a
 * request that came in. A server that was started inside of some work would hand that work's deadline to every request.
 */
export function beginAmbient<T>(context: Ambient | undefined, fn: () => T): T {
  return storage.run(context, fn)
}
