import { cleaned } from '@inmesh/pipeline'

/** What takes the place of values that are too many. */
export const OTHER = 'other'

/**
 * The values of one label. For each there is a series that an exporter keeps for ever: the first so many keep theirs, and all
 * others share one.
 */
export class BoundedValues {
  private readonly known = new Map<string, string>()
  private readonly most: number
  private readonly other: string

  constructor(most: number, other: string = OTHER) {
    this.most = most
    this.other = other
  }

  of(value: string): string {
    return this.known.get(value) ?? this.learn(value)
  }

  private learn(value: string): string {
    const clean = cleaned(value)
    // By what is left of it, so that what is kept is short, too.
    if (this.known.has(clean)) return clean
    if (this.known.size >= this.most) return this.other
    this.known.set(clean, clean)
    return clean
  }
}
