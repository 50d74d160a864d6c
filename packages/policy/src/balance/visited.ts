import type { Endpoint } from './endpoint.ts'

/** The endpoints that one call has used. Nearly always one or two, so they sit in fields and a search is a comparison. */
export class Visited<T> implements Iterable<Endpoint<T>> {
  #first: Endpoint<T> | undefined = undefined
  #second: Endpoint<T> | undefined = undefined
  #rest: Endpoint<T>[] | undefined = undefined

  get size(): number {
    if (this.#first === undefined) return 0
    return this.#second === undefined ? 1 : 2 + (this.#rest?.length ?? 0)
  }

  has(endpoint: Endpoint<T>): boolean {
    if (this.#first === undefined) return false
    return this.#first === endpoint || this.#second === endpoint || (this.#rest?.includes(endpoint) ?? false)
  }

  /** Once each, however often it is added. */
  add(endpoint: Endpoint<T>): void {
    if (this.#first === undefined) this.#first = endpoint
    else if (this.has(endpoint)) return
    else if (this.#second === undefined) this.#second = endpoint
    else (this.#rest ??= []).push(endpoint)
  }

  /** In the order of their first use. */
  *[Symbol.iterator](): Iterator<Endpoint<T>> {
    if (this.#first !== undefined) yield this.#first
    if (this.#second !== undefined) yield this.#second
    if (this.#rest !== undefined) yield* this.#rest
  }
}
