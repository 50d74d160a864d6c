import { errorMonitor } from 'node:events'

/** The part of an `EventEmitter` that both clients have. */
export interface Emitter {
  on?(event: string | symbol, listener: (error: unknown) => void): unknown
  off?(event: string | symbol, listener: (error: unknown) => void): unknown
}

/**
 * By Node's `errorMonitor`, not as a listener of `error`: ioredis logs errors only while nobody listens, and a process
 * whose node-redis client nobody listens to must end as its author expects.
 */
export function watchErrors(emitter: Emitter, hear: (error: unknown) => void): () => void {
  emitter.on?.(errorMonitor, hear)
  return () => void emitter.off?.(errorMonitor, hear)
}
