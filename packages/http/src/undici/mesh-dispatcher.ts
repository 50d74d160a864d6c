import { assertCallOptions } from '@inmesh/pipeline'
import { getGlobalDispatcher, type Dispatcher } from 'undici'
import { originOf } from '../origin.ts'
import type { HttpService } from '../service.ts'
import { assertTellable, reject } from './announce.ts'
import { LentDispatcher } from './lent-dispatcher.ts'
import { dispatchTo, type GovernedOptions } from './service-dispatcher.ts'

export interface Routes {
  /** The service that an origin means; undefined for one that nobody configured. */
  serviceOf(origin: string): HttpService | undefined
  /** Called for each request to an origin that nobody configured. */
  passedThrough(origin: string): void
}

/**
 * Routes by origin: known ones to their service, all others, untouched, to the dispatcher that would have had them
 * (by default undici's global one as it is at that moment: a ProxyAgent or MockAgent stays in force).
 */
export class MeshDispatcher extends LentDispatcher {
  private readonly routes: Routes
  private readonly beneath: (() => Dispatcher) | undefined

  constructor(routes: Routes, beneath?: () => Dispatcher) {
    super()
    this.routes = routes
    this.beneath = beneath
  }

  override dispatch(options: GovernedOptions, handler: Dispatcher.DispatchHandler): boolean {
    const origin = originOf(options.origin)
    const service = origin === undefined ? undefined : this.routes.serviceOf(origin)
    if (service !== undefined) {
      dispatchTo(service, options, handler, options.mesh)
      return true
    }
    this.routes.passedThrough(origin ?? '')
    const beneath = this.beneath?.() ?? getGlobalDispatcher()
    if (options.mesh === undefined) return beneath.dispatch(options, handler)
    const { mesh, ...plain } = options
    try {
      assertCallOptions(mesh)
    } catch (error) {
      assertTellable(handler)
      reject(handler, error)
      return true
    }
    return beneath.dispatch(plain, handler)
  }
}
