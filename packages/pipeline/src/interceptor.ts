import type { Exchange } from './exchange.ts'

/**
 * The whole contract. A call passes through interceptors by plain function calls, one callback each; the first in a
 * list is outermost.
 *
 * - `next` may be called any number of times (a retry is a second `next`); each answers its `done` exactly once.
 * - Nothing throws and nothing rejects: a failure is an exchange with a failed head.
 * - Who answers first with an exchange of its own discards the inner one when it comes.
 *
 * Why no promises: six interceptors as callbacks cost 1.16-1.20 times a bare undici request, the same as `async`
 * functions 1.46 times. Promises are for the edges, and for interceptors that users write (`interceptor()`).
 */
export type Done<R> = (exchange: Exchange<R>) => void

export type Next<C, R> = (context: C, done: Done<R>) => void

/**
 * Generic in R, so that an interceptor cannot look inside a reply. `call` is a property, not a method: methods are
 * bivariant in their parameters and would let wrong nesting compile.
 */
export interface Interceptor<in In, out Out> {
  readonly name: string
  readonly call: <R>(context: In, next: Next<Out, R>, done: Done<R>) => void
}
