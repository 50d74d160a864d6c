import { Operation } from './operation.ts'

/**
 * The operations of one service. Bounded: names come from call sites, and a call site that puts an id into a name must
 * not grow the heap. Past the limit every further name shares `other`.
 */
export class Operations implements Iterable<Operation> {
  /** All operations together. */
  readonly service: Operation = new Operation('*')
  readonly #limit: number
  readonly #byName = new Map<string, Operation>()
  #other: Operation | undefined

  constructor(limit = 200) {
    this.#limit = limit
  }

  get(name: string): Operation {
    return this.#byName.get(name) ?? this.#add(name)
  }

  *[Symbol.iterator](): Iterator<Operation> {
    yield* this.#byName.values()
    if (this.#other !== undefined) yield this.#other
  }

  #add(name: string): Operation {
    if (this.#byName.size >= this.#limit) return (this.#other ??= new Operation('other', this.service))
    const operation = new Operation(name, this.service)
    this.#byName.set(name, operation)
    return operation
  }
}
