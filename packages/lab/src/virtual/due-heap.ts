import { HEAP, IDLE } from './entry.ts'
import type { Entry } from './entry.ts'

/**
 * A binary heap by instant, then by order of entry. Each entry knows its place, so that a cancel takes it out at once and
 * nothing that was cancelled stays reachable. It holds one bucket of the agenda, a handful of entries.
 */
export class DueHeap {
  private readonly entries: Entry[] = []

  get first(): Entry | undefined {
    return this.entries[0]
  }

  push(entry: Entry): void {
    const { entries } = this
    entries.push(entry)
    this.rise(entry, entries.length - 1)
  }

  shift(): void {
    const first = this.entries[0]
    if (first !== undefined) this.remove(first)
  }

  remove(entry: Entry): void {
    const { entries } = this
    const at = HEAP - entry.place
    const last = entries.pop() as Entry
    entry.place = IDLE
    if (last === entry) return
    if (at > 0 && before(last, entries[(at - 1) >> 1] as Entry)) this.rise(last, at)
    else this.sink(last, at)
  }

  private rise(entry: Entry, from: number): void {
    const { entries } = this
    let at = from
    while (at > 0) {
      const above = (at - 1) >> 1
      const parent = entries[above] as Entry
      if (!before(entry, parent)) break
      entries[at] = parent
      parent.place = HEAP - at
      at = above
    }
    entries[at] = entry
    entry.place = HEAP - at
  }

  private sink(entry: Entry, from: number): void {
    const { entries } = this
    const { length } = entries
    let at = from
    for (let below = 2 * at + 1; below < length; below = 2 * at + 1) {
      if (below + 1 < length && before(entries[below + 1] as Entry, entries[below] as Entry)) below++
      const child = entries[below] as Entry
      if (!before(child, entry)) break
      entries[at] = child
      child.place = HEAP - at
      at = below
    }
    entries[at] = entry
    entry.place = HEAP - at
  }
}

function before(a: Entry, b: Entry): boolean {
  return a.at < b.at || (a.at === b.at && a.order < b.order)
}
