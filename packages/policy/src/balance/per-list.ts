import type { Endpoint } from './endpoint.ts'

/**
 * What a strategy derives from a list of candidates. Lists are never changed in place, so the same list has the same
 * state. Two are kept, since two are in use at one time where ejection acts on a share of calls: those that are in, and
 * all that are reachable. Deriving is O(n) and happens when membership or availability changes.
 */
export class PerList<T, S> {
  readonly #derive: (list: readonly Endpoint<T>[]) => S
  #list: readonly Endpoint<T>[] | undefined = undefined
  #state: S | undefined = undefined
  #otherList: readonly Endpoint<T>[] | undefined = undefined
  #otherState: S | undefined = undefined

  constructor(derive: (list: readonly Endpoint<T>[]) => S) {
    this.#derive = derive
  }

  of(list: readonly Endpoint<T>[]): S {
    return this.#list === list ? this.#state! : this.#change(list)
  }

  /** The one that was not used last makes room. */
  #change(list: readonly Endpoint<T>[]): S {
    const state = this.#otherList === list ? this.#otherState! : this.#derive(list)
    this.#otherList = this.#list
    this.#otherState = this.#state
    this.#list = list
    this.#state = state
    return state
  }
}
