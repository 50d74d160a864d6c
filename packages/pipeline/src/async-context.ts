import { AsyncResource } from 'node:async_hooks'

// Node hands the async context of whoever sets a timer, or opens a socket, to all that comes of it. Where one of these serves
// many calls, that is a stranger's for all but one: its `AsyncLocalStorage`, with its tenant, its logger and its span.

export type AsyncContext = AsyncResource

/** The context of whoever makes a call, kept for functions of the user's that are called for it later. Some 30 ns each (Node 24, two cores). */
export function callersContext(): AsyncContext {
  return new AsyncResource('inmesh.call', { requireManualDestroy: true })
}

/** Of no call: that in which the pipeline was loaded. For what outlives the call that happens to begin it. */
export const nobodysContext: AsyncContext = new AsyncResource('inmesh', { requireManualDestroy: true })
