import { channel } from 'node:diagnostics_channel'
import { context, createContextKey, type Context } from '@opentelemetry/api'

/** The key under which OpenTelemetry's SDK knows that nothing is to be traced; kept by name, so that no SDK is needed for it. */
const SUPPRESSED = createContextKey('OpenTelemetry SDK Context Key SUPPRESS_TRACING')

/** Where undici's instrumentation hears of requests, at once as they are made: as they are dispatched, or leave a pool's queue. */
const requests = channel('undici:request:create')

/** Such as that in which an exporter sends spans: a span for each of those would never end. */
export function isSuppressed(context: Context): boolean {
  return context.getValue(SUPPRESSED) === true
}

/** Whether anybody would make a span of what our client sends. */
function wireIsWatched(): boolean {
  return requests.hasSubscribers
}

/** Whether a request is still to be made. */
interface Making {
  over: boolean
}

/**
 * What is around a request while it is made: whatever else traces does not. Afterwards it is what is around its call, no more
 * and no less. A socket that is opened for it keeps this for as long as it lives, and so does what is called from there, for
 * this call and for others: with a plain suppressed context whatever those trace themselves would be lost.
 */
class UnseenContext implements Context {
  private readonly around: Context
  private readonly making: Making

  constructor(around: Context, making: Making) {
    this.around = around
    this.making = making
  }

  getValue(key: symbol): unknown {
    return key === SUPPRESSED && !this.making.over ? true : this.around.getValue(key)
  }

  setValue(key: symbol, value: unknown): Context {
    return this.beside(this.around.setValue(key, value))
  }

  deleteValue(key: symbol): Context {
    return this.beside(this.around.deleteValue(key))
  }

  private beside(around: Context): Context {
    return this.making.over ? around : new UnseenContext(around, this.making)
  }
}

/** Keeps requests of one call from whoever would make spans of them beside ours. `T`: what each is for. */
export class Unseen<T> {
  /** Usually there is one request, and usually nobody looks. */
  private making: Map<T, Making> | undefined = undefined

  /** Runs what makes the request. */
  run<R>(of: T, around: Context, fn: () => R): R {
    if (!wireIsWatched()) return fn()
    this.made(of)
    const making: Making = { over: false }
    ;(this.making ??= new Map()).set(of, making)
    return context.with(new UnseenContext(around, making), fn)
  }

  /** It has been made, or never will be. */
  made(of: T): void {
    const making = this.making?.get(of)
    if (making === undefined) return
    making.over = true
    this.making?.delete(of)
  }
}
