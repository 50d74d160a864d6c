import type { Endpoint } from '../balance/endpoint.ts'
import { type Level, levelsOf } from './levels.ts'

/**
 * Who may be picked, as lists, so that a pick draws among the available ones and never searches. Rebuilt when membership,
 * ejection or reachability changes: seldom, against the number of picks.
 */
export class Availability<T> {
  /** Members that are not known to be unreachable; all of them if none is reachable: a try is better than a refusal. */
  reachable: readonly Endpoint<T>[] = []
  /** Those of them that are in. In panic: all of them. */
  ready: readonly Endpoint<T>[] = []
  /** Those of them that get traffic: who only stands by is idle, and no measure of what is ordinary. */
  inUse: readonly Endpoint<T>[] = []
  /** Where priorities differ: `ready` by priority, and `reachable`. Else undefined. */
  readyLevels: readonly Level<T>[] | undefined = undefined
  reachableLevels: readonly Level<T>[] | undefined = undefined
  /** How many are in, panic or not. */
  count = 0
  panic = false

  rebuild(members: readonly Endpoint<T>[], out: ReadonlySet<Endpoint<T>>, panicBelow: number): void {
    const reachable = members.filter((member) => !member.unreachable)
    this.reachable = reachable.length === 0 ? members : reachable
    const ready = out.size === 0 ? reachable : reachable.filter((member) => !out.has(member))
    this.count = ready.length
    if (members.some(({ priority }) => priority !== members[0]!.priority)) return this.#rebuildLevels(members, reachable, ready, panicBelow)
    this.readyLevels = undefined
    this.reachableLevels = undefined
    this.panic = members.length > 0 && ready.length < panicBelow * members.length
    this.ready = this.panic || ready.length === 0 ? this.reachable : ready
    this.inUse = this.ready
  }

  /** Panic is a level's own, and only where the others cannot help: one that has failed over is not to be used. */
  #rebuildLevels(
    members: readonly Endpoint<T>[], reachable: readonly Endpoint<T>[], ready: readonly Endpoint<T>[], panicBelow: number,
  ): void {
    this.readyLevels = levelsOf(members, ready, this.reachable, panicBelow)
    this.reachableLevels = levelsOf(members, reachable, this.reachable, panicBelow)
    this.panic = this.readyLevels.some(({ panic }) => panic)
    this.ready = this.panic ? this.readyLevels.flatMap(({ candidates }) => candidates) : ready
    if (this.ready.length === 0) this.ready = this.reachable
    this.inUse = this.readyLevels.flatMap(({ share, candidates }) => (share > 0 ? candidates : []))
  }
}
