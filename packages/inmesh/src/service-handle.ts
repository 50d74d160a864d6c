import { promiseClient, sendBy, type Chain, type Step, type WrapContext, type WrapOptions, type Wrapped } from '@inmesh/pipeline'
import { governedFetch, reportTo, ServiceDispatcher, type FetchEdge, type GovernedFetch, type HttpService } from '@inmesh/http'
import type { Dispatcher } from 'undici'

/** One service as its callers use it. */
export interface ServiceHandle {
  readonly name: string
  /** `fetch` to this service: a path, or a URL whose origin means it. */
  readonly fetch: GovernedFetch
  /** An undici `Dispatcher`: `dispatcher.request({ path, method })`. */
  readonly dispatcher: Dispatcher
  /**
   * Governs any function that returns a promise. It gets the endpoint to call and a signal; arguments and result keep
   * their types. Nothing is repeated unless `repeat` says so.
   */
  wrap<A extends unknown[] = never[], T = unknown>(fn: (context: WrapContext, ...args: A) => Promise<T> | T, options?: WrapOptions): Wrapped<A, T>
  /**
   * Tells, after the fact, what a reply of `fetch` or the dispatcher really was: a code (`'UNAVAILABLE'`), a status
   * (`'503'`), or a business code, which counts as a failure unless `reweight.codes` says otherwise. Moves traffic, and may
   * eject; never repeats the call. Answers false for a
   * reply that no endpoint of this service gave.
   */
  report(reply: object, code: string): boolean
  /** The steps of the compiled chain, outermost first, each with its reason. */
  describe(): readonly Step[]
}

/** The origin that a caller has written out; a path has none. A redirect may lead elsewhere all the same. */
function originNamed(input: string | URL | Request): string | undefined {
  if (typeof input !== 'string') return input instanceof URL ? input.origin : URL.parse(input.url)?.origin
  return input.startsWith('/') && !input.startsWith('//') ? undefined : URL.parse(input)?.origin
}

export class ServiceFace implements ServiceHandle {
  readonly name: string
  readonly fetch: GovernedFetch
  readonly dispatcher: Dispatcher
  private readonly service: HttpService
  private promises: Chain<unknown> | undefined = undefined

  constructor(service: HttpService, edge: FetchEdge) {
    this.name = service.core.service
    this.service = service
    this.dispatcher = new ServiceDispatcher(service, edge.base === undefined ? undefined : new URL(edge.base).origin)
    const fetch = governedFetch(edge)
    this.fetch = (input, init) => {
      const origin = originNamed(input)
      if (origin === undefined || edge.serviceOf(origin) === service) return fetch(input, init)
      return Promise.reject(new TypeError(`${this.name}: ${origin} is not an origin of this service; list it in origins, or use mesh.fetch`))
    }
  }

  wrap<A extends unknown[], T>(fn: (context: WrapContext, ...args: A) => Promise<T> | T, options: WrapOptions = {}): Wrapped<A, T> {
    const { core } = this.service
    const chain = (this.promises ??= core.chain(sendBy))
    const { service, clock, random, observers } = core
    return promiseClient({ service, clock, random, observers, chain: () => chain.run, edge: () => core.edge }, fn, options)
  }

  report(reply: object, code: string): boolean {
    return reportTo(this.service, reply, code)
  }

  describe(): readonly Step[] {
    return this.service.core.describe()
  }
}
