/** Longer ones are cut: what anybody can make long must not fill memory, a page of metrics or a log. */
const LONGEST = 128

/** Whatever ends a line, steers a terminal, or cannot be written in UTF-8 (half of a surrogate pair). */
const UNCLEAN = /[\p{Cc}\p{Zl}\p{Zp}\p{Cs}]+/gu

/** A text as every exporter and every log can write it: on one line, in UTF-8, of at most `longest` characters. */
export function cleaned(value: string, longest: number = LONGEST): string {
  const short = value.length > longest ? value.slice(0, longest) : value
  return short.replace(UNCLEAN, ' ')
}
