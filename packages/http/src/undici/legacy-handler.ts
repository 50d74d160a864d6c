import type { Duplex } from 'node:stream'
import type { Dispatcher } from 'undici'

/**
 * What undici 6 asked of a reader, and undici 7 takes as well. The `fetch` that is built into Node 22 and 24 speaks it
 * still; undici 8 refuses it.
 */
export interface LegacyHandler {
  onConnect(abort: (reason?: unknown) => void, context: unknown): void
  onUpgrade?(status: number, rawHeaders: readonly Buffer[], socket: Duplex): void
  /** `false` asks to be paused until `resume` is called. */
  onHeaders?(status: number, rawHeaders: readonly Buffer[], resume: () => void, statusMessage: string): boolean | undefined
  /** `false` asks to be paused. */
  onData?(chunk: Buffer): boolean | undefined
  onComplete?(rawTrailers: readonly Buffer[]): void
  onError(error: Error): void
  onResponseStarted?(): void
  onBodySent?(chunk: Buffer): void
  onRequestSent?(): void
}

/** By the methods that both protocols ask for first: a reader may have some of each. */
export function isLegacy(handler: Dispatcher.DispatchHandler | LegacyHandler): handler is LegacyHandler {
  return !('onRequestStart' in handler && typeof handler.onRequestStart === 'function') && 'onConnect' in handler && typeof handler.onConnect === 'function'
}
