import type { Entry } from '../entry.ts'

/** A queue through the entries' own links: a try waits either for an instant or in here. */
export class Fifo<E extends Entry> {
  size = 0
  private head: E | undefined = undefined
  private tail: E | undefined = undefined

  push(entry: E): void {
    entry.previous = this.tail
    if (this.tail === undefined) this.head = entry
    else this.tail.next = entry
    this.tail = entry
    this.size++
  }

  shift(): E | undefined {
    const { head } = this
    if (head !== undefined) this.remove(head)
    return head
  }

  remove(entry: E): void {
    const next = entry.next as E | undefined
    const previous = entry.previous as E | undefined
    if (previous === undefined) this.head = next
    else previous.next = next
    if (next === undefined) this.tail = previous
    else next.previous = previous
    entry.next = undefined
    entry.previous = undefined
    this.size--
  }

  clear(): void {
    while (this.shift() !== undefined);
  }

  *[Symbol.iterator](): Iterator<E> {
    for (let entry = this.head; entry !== undefined; entry = entry.next as E | undefined) yield entry
  }
}
