/** The latest so many, and nothing of what was before. */
export class Ring<T> {
  private readonly slots: T[] = []
  private readonly most: number
  private at = 0

  constructor(most: number) {
    this.most = most
  }

  push(item: T): void {
    // Grown as it is filled: most types are never told.
    this.slots[this.at] = item
    this.at = this.at + 1 === this.most ? 0 : this.at + 1
  }

  /** In no order. */
  get items(): readonly T[] {
    return this.slots
  }
}
