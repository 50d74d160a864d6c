import { METHODS } from 'node:http'

/** As many as a service has operations on the client's side. */
const MOST = 200
const OTHER = 'other'
/** Over HTTP/2 a method is any text that its sender likes. */
const methods: ReadonlySet<string> = new Set(METHODS)

/**
 * What events call requests. Observers keep something for each name, and a route that was made of a path has as many as
 * callers can think of: the first 200 routes keep theirs, and all others share `other`, as do methods that are none.
 */
export class OperationNames {
  private readonly routes = new Set<string>()

  of(route: string | undefined, method: string): string {
    if (route === undefined) return methods.has(method) ? method : OTHER
    if (this.routes.has(route)) return route
    if (this.routes.size >= MOST) return OTHER
    this.routes.add(route)
    return route
  }
}
