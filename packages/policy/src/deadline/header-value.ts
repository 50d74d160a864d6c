import type { Millis } from '../types.ts'

/** A header as Node hands it out: absent, one, or several lines of the same name. */
export type HeaderValue = string | readonly string[] | undefined

/** Longer than any value that means something here. */
const LONGEST = 1024

/** More than a day of remaining time, or of waiting, is a mistake or an attack: believing it would be like having no limit. */
export const ABSURD: Millis = 86_400_000

/** The one value of a header that may come once. Two that differ cannot both be true, and nobody says which one is. */
export function single(value: HeaderValue, longest: number = LONGEST): string | undefined {
  const one = typeof value === 'string' ? value : value?.length === 1 ? value[0] : undefined
  return one !== undefined && one.length <= longest ? one.trim() : undefined
}

/** The lines of a header that is a list, as one: RFC 9110 §5.3 makes them equal. */
export function joined(value: HeaderValue): string | undefined {
  if (value === undefined) return undefined
  const all = typeof value === 'string' ? value : value.join(',')
  return all.length <= LONGEST ? all.trim() : undefined
}

/** Digits and nothing else: `Number` would take `1e3`, `0x10`, `+5` and the empty string. */
export function digits(text: string | undefined, most: number): number | undefined {
  if (text === undefined || text.length === 0 || text.length > most) return undefined
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code < 48 || code > 57) return undefined
  }
  return Number(text)
}

export function sane(ms: number | undefined): Millis | undefined {
  return ms !== undefined && ms <= ABSURD ? ms : undefined
}
