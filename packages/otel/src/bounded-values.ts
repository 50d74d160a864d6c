/** What takes the place of values that are too many. */
export const OTHER = 'other'

/** Longer ones are cut: what anybody can make long must not fill memory, nor a page of metrics. */
const LONGEST = 128

/** Whatever ends a line, steers a terminal, or cannot be written in UTF-8 (half of a surrogate pair). */
const UNCLEAN = /[\p{Cc}\p{Zl}\p{Zp}\p{Cs}]+/gu

/** A value as every exporter can write it. */
export function cleaned(value: string): string {
  const short = value.length > LONGEST ? value.slice(0, LONGEST) : value
  return short.replace(UNCLEAN, ' ')
}

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
