import type { Dispatcher } from 'undici'
import type { Wire } from './memory-target.ts'

const headers = Object.freeze({ 'content-type': 'application/json', 'content-length': '42' })
const trailers = Object.freeze({})
const chunk = Buffer.alloc(42, 'x')

/** undici's controller as far as an undisturbed request needs it; one for all, so that the wire itself allocates nothing. */
const controller: Dispatcher.DispatchController = {
  aborted: false, paused: false, reason: null, rawHeaders: null, rawTrailers: null,
  abort() {}, pause() {}, resume() {},
}

/**
 * Answers every request 200 with a small body, all that were sent in one turn in the next: as many are in flight at once
 * as with sockets that are read in batches.
 */
export class InstantWire implements Wire {
  private readonly waiting: Dispatcher.DispatchHandler[] = []

  dispatch(_options: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler): boolean {
    this.waiting.push(handler)
    return true
  }

  answerAll(): void {
    const { waiting } = this
    for (let i = 0; i < waiting.length; i++) {
      const handler = waiting[i] as Dispatcher.DispatchHandler
      handler.onRequestStart?.(controller, null)
      handler.onResponseStart?.(controller, 200, headers)
      handler.onResponseData?.(controller, chunk)
      handler.onResponseEnd?.(controller, trailers)
    }
    waiting.length = 0
  }
}
