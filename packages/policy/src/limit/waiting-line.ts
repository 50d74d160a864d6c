import { CRITICALITIES } from '../deadline/criticality.ts'
import type { Criticality } from '../types.ts'

/** `undefined`: it waits. Otherwise who does not: the newcomer itself, or the one that made room for it. */
export type Turned<T> = T | undefined

/**
 * A bounded line: the most critical first, and among equals whoever came first. Full, it turns away the newcomer, or, when
 * somebody less critical waits, of the least critical the one that has waited longest, who is nearest to giving up anyway.
 * All of it is O(1).
 */
export class WaitingLine<T> {
  /** A set keeps the order in which its members came. */
  readonly #classes: readonly Set<T>[] = CRITICALITIES.map(() => new Set<T>())
  #size = 0

  get size(): number {
    return this.#size
  }

  join(item: T, criticality: Criticality, most: number): Turned<T> {
    const rank = CRITICALITIES.indexOf(criticality)
    const turned = this.#size < most ? undefined : this.#lessCritical(rank)
    if (this.#size >= most && turned === undefined) return item
    if (turned !== undefined) this.leave(turned)
    this.#classes[rank]!.add(item)
    this.#size += 1
    return turned
  }

  /** Takes out whose turn it is. */
  next(): T | undefined {
    const first = this.#classes.find((waiting) => waiting.size > 0)?.values().next().value
    if (first !== undefined) this.leave(first)
    return first
  }

  /** Whoever does not wait any more; answers whether it did. */
  leave(item: T): boolean {
    const left = this.#classes.some((waiting) => waiting.delete(item))
    if (left) this.#size -= 1
    return left
  }

  #lessCritical(rank: number): T | undefined {
    for (let least = CRITICALITIES.length - 1; least > rank; least--) {
      const waiting = this.#classes[least]!
      if (waiting.size > 0) return waiting.values().next().value
    }
    return undefined
  }
}
