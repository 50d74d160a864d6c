import { assertCallOptions } from '@inmesh/pipeline'
import { getGlobalDispatcher, type Dispatcher } from 'undici'
import { originOf } from '../origin.ts'
import type { HttpService } from '../service.ts'
import { assertTellable, reject } from './announce.ts'
import { readerOf } from './legacy-reader.ts'
import { LentDispatcher } from './lent-dispatcher.ts'
import { dispatchTo, type GovernedOptions } from './service-dispatcher.ts'

export interface Routes {
  /** The service that an origin means; undefined for one that nobody configured. */
  serviceOf(origin: string): HttpService | undefined
  /** Called for each request to an origin that nobody configured. */
  passedThrough(origin: string): void
  /** Why nothing is let through any more, to whatever origin; undefined as long as it is. */
  refusal(): Error | undefined
}

/** Marks a request that has been through a mesh: installed beneath another one, it would be asked for the same request again. */
const through: unique symbol = Symbol('inmesh.through')

/** What stands beneath the mesh of these routes, wherever it is installed, for a request that the mesh has governed. */
export function lentBy(routes: Routes): Pick<Dispatcher, 'dispatch'> {
  return { dispatch: (options, handler) => getGlobalDispatcher().dispatch({ ...options, [through]: routes } as Dispatcher.DispatchOptions, handler) }
}

/** What a `fetch` and a `WebSocket` read off their dispatcher. */
interface Readable {
  readonly isMockActive?: boolean
  readonly webSocketOptions?: object
  readonly eventSourceOptions?: object
}

/**
 * Routes by origin: known ones to their service, all others, untouched, to the dispatcher that would have had them
 * (by default undici's global one as it is at that moment: a ProxyAgent or MockAgent stays in force).
 */
export class MeshDispatcher extends LentDispatcher implements Readable {
  private readonly routes: Routes
  private readonly under: () => Dispatcher

  constructor(routes: Routes, under: () => Dispatcher = getGlobalDispatcher) {
    super()
    this.routes = routes
    this.under = under
  }

  override dispatch(options: GovernedOptions & { readonly [through]?: Routes }, handler: Dispatcher.DispatchHandler): boolean {
    if (options === null || typeof options !== 'object') return this.pass(options, handler)
    if (options[through] === this.routes) return this.pass(options, handler)
    const origin = originOf(options.origin)
    const service = origin === undefined ? undefined : this.routes.serviceOf(origin)
    if (service !== undefined) {
      dispatchTo(service, options, handler, options.mesh)
      return true
    }
    const refusal = this.routes.refusal() ?? wrongOptions(options)
    if (refusal !== undefined) return refuse(options, handler, refusal)
    this.routes.passedThrough(origin ?? '')
    if (options.mesh === undefined) return this.pass(options, handler)
    const { mesh: _, ...plain } = options
    return this.pass(plain, handler)
  }

  /** `fetch` hands bodies to mocks as they were written, so that they can be matched. */
  get isMockActive(): boolean {
    return this.readable.isMockActive ?? false
  }

  get webSocketOptions(): object {
    return this.readable.webSocketOptions ?? {}
  }

  get eventSourceOptions(): object {
    return this.readable.eventSourceOptions ?? {}
  }

  /** To the dispatcher that would have had it. */
  protected pass(options: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler): boolean {
    return this.under().dispatch(options, readerOf(handler, options))
  }

  private get readable(): Readable {
    return this.under() as Readable
  }
}

function wrongOptions({ mesh }: GovernedOptions): unknown {
  if (mesh === undefined) return undefined
  try {
    assertCallOptions(mesh)
    return undefined
  } catch (error) {
    return error
  }
}

function refuse(options: GovernedOptions, handler: Dispatcher.DispatchHandler, error: unknown): true {
  const reader = readerOf(handler, options)
  assertTellable(reader)
  reject(reader, error)
  return true
}
