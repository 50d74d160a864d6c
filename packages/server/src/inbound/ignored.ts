/**
 * How many values of each header were not believed. Counted and never thrown: headers come from anybody. The names are
 * those that we read, so their number is bounded.
 */
export class IgnoredValues {
  private readonly counts = new Map<string, number>()

  count(header: string): void {
    this.counts.set(header, (this.counts.get(header) ?? 0) + 1)
  }

  inspect(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.counts)
  }
}
