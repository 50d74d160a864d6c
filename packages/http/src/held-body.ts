import type { IncomingHttpHeaders } from 'node:http'
import type { Dispatcher } from 'undici'
import { asError } from './as-error.ts'
import type { HttpCall } from './http-call.ts'

/**
 * The body of a reply that nobody has claimed yet: kept up to a cap, past which all of it is dropped and the reply says
 * that it is truncated. Handed on at the pace of its reader once there is one.
 */
export class HeldBody {
  truncated = false
  private chunks: Buffer[] = []
  private bytes = 0
  private cap = Infinity
  private trailers: IncomingHttpHeaders | undefined = undefined
  private error: Error | undefined = undefined

  push(chunk: Buffer): void {
    if (this.truncated) return
    this.chunks.push(chunk)
    this.bytes += chunk.length
    this.checkCap()
  }

  capAt(bytes: number): void {
    this.cap = bytes
    this.checkCap()
  }

  ended(trailers: IncomingHttpHeaders): void {
    this.trailers = trailers
  }

  failed(error: Error): void {
    this.error = error
  }

  /** Whatever was still to be handed on is not; its reader is told why, unless the end has been told. */
  cutOff(call: HttpCall, reader: Dispatcher.DispatchHandler, error: Error): void {
    this.drop()
    if (this.error === undefined && this.trailers === undefined) return
    this.failed(error)
    this.finish(call, reader)
  }

  drop(): void {
    this.chunks = []
  }

  /** Whether everything that came has been handed on, so that what still comes may go directly. */
  get empty(): boolean {
    return this.chunks.length === 0
  }

  /** Hands on as much as the reader takes. Answers whether there is nothing left but what still comes. */
  flush(call: HttpCall, reader: Dispatcher.DispatchHandler): boolean {
    for (let chunk = this.next(call); chunk !== undefined; chunk = this.next(call)) {
      try {
        reader.onResponseData?.(call, chunk)
      } catch (error) {
        call.abort(asError(error))
      }
    }
    return this.empty && !call.aborted
  }

  /** The end, if it has come; once. */
  finish(call: HttpCall, reader: Dispatcher.DispatchHandler): void {
    const { error, trailers } = this
    this.error = undefined
    this.trailers = undefined
    if (error !== undefined) reader.onResponseError?.(call, error)
    else if (trailers !== undefined) reader.onResponseEnd?.(call, trailers)
    else return
    call.release()
  }

  private next(call: HttpCall): Buffer | undefined {
    return call.paused || call.aborted ? undefined : this.chunks.shift()
  }

  private checkCap(): void {
    if (this.bytes <= this.cap) return
    this.truncated = true
    this.chunks = []
  }
}
