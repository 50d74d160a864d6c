import type { Instant } from '../types.ts'
import type { Endpoint } from './endpoint.ts'
import type { PickRequest } from './pick-request.ts'
import type { Visited } from './visited.ts'

/** One way to choose. Who may be chosen is decided before: an endpoint that is out is no candidate. */
export interface Strategy<T> {
  /**
   * One of the candidates that is not in `visited`; undefined when there is none. `visited` stands beside the request,
   * since a try that finds every candidate visited asks again with nobody visited. `advance` false: only look.
   */
  pick(
    candidates: readonly Endpoint<T>[], request: PickRequest<T>, visited: Visited<T>, now: Instant, advance: boolean,
  ): Endpoint<T> | undefined
}
