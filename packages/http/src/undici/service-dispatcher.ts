import { assertCallOptions, type CallOptions } from '@inmesh/pipeline'
import type { Dispatcher } from 'undici'
import { HttpCall } from '../http-call.ts'
import type { HttpService } from '../service.ts'
import { readerOf } from './legacy-reader.ts'
import { LentDispatcher } from './lent-dispatcher.ts'
import { announce, assertReader, assertTellable, reject } from './announce.ts'

/** undici's options with what a caller may say of one call. */
export type GovernedOptions = Dispatcher.DispatchOptions & { readonly mesh?: CallOptions }

type Interceptor = Dispatcher.DispatcherComposeInterceptor

/**
 * A service as an undici `Dispatcher`: `request`, `stream`, `pipeline`, `upgrade`, `connect` and `compose` work as on any
 * other. `origin` is not needed and is ignored: where a request goes is the balancer's to say.
 */
export class ServiceDispatcher extends LentDispatcher {
  private readonly service: HttpService
  private readonly origin: string

  /** `origin` is what interceptors are told of requests that name none. */
  constructor(service: HttpService, origin = 'http://service.invalid') {
    super()
    this.service = service
    this.origin = origin
  }

  /** As undici's pools do, names the origin of a request that does not: `redirect` and `cache` do nothing without one. */
  override compose(dispatchers: Interceptor[]): Dispatcher.ComposedDispatcher
  override compose(...dispatchers: Interceptor[]): Dispatcher.ComposedDispatcher
  override compose(...dispatchers: (Interceptor | Interceptor[])[]): Dispatcher.ComposedDispatcher {
    const { origin } = this
    const named: Interceptor = (dispatch) => (options, handler) => dispatch(options?.origin ? options : { ...options, origin }, handler)
    return super.compose(...dispatchers.flat(), named)
  }

  override dispatch(options: GovernedOptions, handler: Dispatcher.DispatchHandler): boolean {
    dispatchTo(this.service, options, handler, (options as GovernedOptions | null)?.mesh)
    return true
  }
}

/** The edge of HTTP: makes the call and sends it on its way. Throws only for a handler that cannot be told; all else reaches it. */
export function dispatchTo(service: HttpService, options: GovernedOptions, handler: Dispatcher.DispatchHandler, own: CallOptions | undefined): HttpCall | undefined {
  const { core } = service
  const reader = readerOf(handler, options)
  assertTellable(reader)
  let call: HttpCall
  try {
    assertReader(options, reader)
    assertCallOptions(options.mesh)
    call = new HttpCall(core.edge, options, own, options.method, core.random.next(), reader)
  } catch (error) {
    reject(reader, error)
    return undefined
  }
  // The call is the context that undici hands on with the reply: `report()` finds its try by it.
  if (announce(call, call)) call.begin(core.run, false)
  return call
}
