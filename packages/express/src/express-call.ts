import { NodeCall, type NodeRequest } from '@inmesh/server'

/** What Express adds to a request. */
export interface ExpressRequest extends NodeRequest {
  /** `url` loses what a router is mounted at. */
  readonly originalUrl?: string
  readonly baseUrl?: string
  /** Only once a route has matched. */
  readonly route?: { readonly path?: unknown }
}

export class ExpressCall extends NodeCall {
  declare readonly req: ExpressRequest

  override get path(): string {
    const { originalUrl } = this.req
    if (originalUrl === undefined) return super.path
    const query = originalUrl.indexOf('?')
    return query === -1 ? originalUrl : originalUrl.slice(0, query)
  }

  /** A route that is a pattern or a list has no one name, and goes by its method. */
  protected override get knownRoute(): string | undefined {
    const { route, baseUrl = '' } = this.req
    return typeof route?.path === 'string' ? `${this.method} ${baseUrl}${route.path === '/' && baseUrl !== '' ? '' : route.path}` : undefined
  }
}
