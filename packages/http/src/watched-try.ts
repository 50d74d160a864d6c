import type { Dispatcher } from 'undici'
import { WireTry } from './wire-try.ts'

/** Whether a reader wants to hear of bytes as they go out and begin to come in; undici's own `request` does not. */
export function watches(reader: Dispatcher.DispatchHandler): boolean {
  return reader.onResponseStarted !== undefined || reader.onBodySent !== undefined || reader.onRequestSent !== undefined
}

/** A try that hands these on too. Apart, because undici calls them for every request whose handler has them. */
export class WatchedTry extends WireTry {
  onResponseStarted(): void {
    this.call.handler.onResponseStarted?.()
  }

  onBodySent(chunk: Buffer): void {
    this.call.handler.onBodySent?.(chunk)
  }

  onRequestSent(): void {
    this.call.handler.onRequestSent?.()
  }
}
