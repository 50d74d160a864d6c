import { isWritableName, type Metrics, MOST_METRICS } from '@inmesh/policy'

/** Numbers of the user's by name, as many as a report carries. */
export class Named {
  readonly #values = new Map<string, number>()
  readonly #reserved: readonly string[]
  readonly #allows: (value: number) => boolean
  /** What was refused; more than 0 is a mistake of somebody's. */
  refused = 0

  /** `reserved`: names that the meter itself writes. */
  constructor(reserved: readonly string[], allows: (value: number) => boolean) {
    this.#reserved = reserved
    this.#allows = allows
  }

  /** `undefined` takes it back. Answers whether it was taken: a handler that tells of its queue must not fail of it. */
  set(name: string, value: number | undefined): boolean {
    if (value === undefined) return this.#values.delete(name)
    const room = this.#values.has(name) || this.#values.size + this.#reserved.length < MOST_METRICS
    const taken = room && typeof name === 'string' && isWritableName(name) && !this.#reserved.includes(name) && typeof value === 'number' && this.#allows(value)
    if (taken) this.#values.set(name, value)
    else this.refused++
    return taken
  }

  with(own: Metrics): Metrics {
    return this.#values.size === 0 ? own : { ...own, ...Object.fromEntries(this.#values) }
  }
}
