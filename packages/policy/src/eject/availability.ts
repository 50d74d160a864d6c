import type { Endpoint } from '../balance/endpoint.ts'

/**
 * Who may be picked, as lists, so that a pick draws among the available ones and never searches. Rebuilt when membership,
 * ejection or reachability changes: seldom, against the number of picks.
 */
export class Availability<T> {
  /** Members that are not known to be unreachable; all of them if none is reachable: a try is better than a refusal. */
  reachable: readonly Endpoint<T>[] = []
  /** Those of them that are in. In panic: all of them. */
  ready: readonly Endpoint<T>[] = []
  /** How many are in, panic or not. */
  count = 0
  panic = false

  rebuild(members: readonly Endpoint<T>[], out: ReadonlySet<Endpoint<T>>, panicBelow: number): void {
    const reachable = members.filter((member) => !member.unreachable)
    this.reachable = reachable.length === 0 ? members : reachable
    const ready = out.size === 0 ? reachable : reachable.filter((member) => !out.has(member))
    this.count = ready.length
    this.panic = members.length > 0 && ready.length < panicBelow * members.length
    this.ready = this.panic || ready.length === 0 ? this.reachable : ready
  }
}
